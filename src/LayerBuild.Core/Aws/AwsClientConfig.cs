using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Util.Internal;

namespace LayerBuild.Aws;

/// <summary>Configuration of a client: what ClientConfig reads from the environment and the profile, with the gaps closed.</summary>
internal sealed class AwsClientConfig : ClientConfig
{
    private readonly string _signingName;

    /// <param name="serviceId">As in <c>AWS_ENDPOINT_URL_&lt;SERVICE ID&gt;</c>: <c>Lambda</c>, <c>S3</c>.</param>
    /// <param name="signingName">Name of the service in the signature and in the host: <c>lambda</c>, <c>s3</c>.</param>
    public AwsClientConfig(string serviceId, string signingName, AwsSession session, string region)
        : base(new DefaultConfigurationProvider([new DefaultConfiguration { Name = DefaultConfigurationMode.Standard, RetryMode = RequestRetryMode.Standard }]))
    {
        _signingName = signingName;
        ServiceId = serviceId;
        if (session.Profile is { } profile)
        {
            Profile = new Profile(profile);
        }

        RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        if (session.EndpointUrl is { } url)
        {
            ServiceURL = url;
        }

        // With an endpoint URL the region would not reach the signature.
        AuthenticationRegion = region;
        AuthenticationServiceName = signingName;
        ResignRetries = true;
        // Retries are decided by RetryPolicy, which knows what may be sent twice.
        RetryMode = RequestRetryMode.Standard;
        MaxErrorRetry = 1;
        MaxStaleConnectionRetries = 0;
        ThrottleRetries = false;
        FastFailRequests = false;
        Timeout = MaxTimeout;
        DisableLogging = true;
        AllowAutoRedirect = false;
        DisableHostPrefixInjection = false;
    }

    public override string RegionEndpointServiceName => _signingName;

    public override string ServiceVersion => "";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("LayerBuild", "1.0.0");

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        new(EndpointUrl());

    /// <summary>The service's address, without a slash at the end.</summary>
    public string EndpointUrl()
    {
        if (ServiceURL is { Length: > 0 } url)
        {
            return url.TrimEnd('/');
        }

        string suffix = RegionEndpoint.PartitionDnsSuffix;
        bool s3 = _signingName == "s3";
        string host = UseFIPSEndpoint ? _signingName + "-fips" : _signingName;
        if (UseDualstackEndpoint && s3)
        {
            host += ".dualstack";
        }
        else if (UseDualstackEndpoint)
        {
            suffix = RegionEndpoint.PartitionName == "aws-cn" ? "api.amazonwebservices.com.cn" : "api.aws";
        }

        return $"https://{host}.{RegionEndpoint.SystemName}.{suffix}";
    }
}
