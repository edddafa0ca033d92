using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Internal;
using Amazon.RuntimeDependencies;
using Amazon.SSO;
using Amazon.SSOOIDC;
using LayerBuild.Diagnostics;

namespace LayerBuild.Aws;

/// <summary>Who publishes, and where: credentials, regions and addresses, found as every AWS tool finds them.</summary>
internal sealed class AwsSession
{
    private static readonly Lock RegistryGate = new();
    private static bool registered;

    private AwsSession(AWSCredentials credentials, IReadOnlyList<string> regions, string? profile, string? endpointUrl)
    {
        Credentials = credentials;
        Regions = regions;
        Profile = profile;
        EndpointUrl = endpointUrl;
    }

    public AWSCredentials Credentials { get; }

    /// <summary>At least one, without repeats, in the order given.</summary>
    public IReadOnlyList<string> Regions { get; }

    /// <summary>The profile that was named; null when the usual chain decides.</summary>
    public string? Profile { get; }

    /// <summary>Address of all services instead of AWS; null when the environment and the profile decide.</summary>
    public string? EndpointUrl { get; }

    /// <summary>
    /// Finds credentials (environment, profile, SSO, assumed role, web identity, container, instance) and regions
    /// (<paramref name="regions"/>, AWS_REGION, AWS_DEFAULT_REGION, the profile). Throws LB5001 when either is missing.
    /// </summary>
    /// <param name="fallbackRegion">For what does not care much about the region.</param>
    public static async Task<AwsSession> OpenAsync(
        IReadOnlyList<string> regions, string? profile, string? endpointUrl, CancellationToken cancellation, string? fallbackRegion = null)
    {
        RegisterClients();

        // MSBuild's processes live on, the environment and the files change: forget what an earlier build read.
        FallbackRegionFactory.Reset();
        FallbackInternalConfigurationFactory.Reset();

        RefuseOtherFiles();
        var chain = new CredentialProfileStoreChain();
        string effective = profile ?? DefaultAWSCredentialsIdentityResolver.GetProfileName();
        bool known = chain.TryGetProfile(effective, out CredentialProfile stored);
        if (profile is not null && !known)
        {
            throw NoAccess($"There is no AWS profile '{profile}'. LambdaLayerProfile must name a profile of the AWS config or credentials file.");
        }

        try
        {
            return await OpenAsync(regions, profile, endpointUrl, chain, known ? stored : null, fallbackRegion, cancellation).ConfigureAwait(false);
        }
        catch (DiagnosticException) when (profile is null && !known && Variable("AWS_PROFILE") is { } named)
        {
            throw NoAccess($"There is no AWS profile '{named}'. AWS_PROFILE must name a profile of the AWS config or credentials file.");
        }
    }

    private static async Task<AwsSession> OpenAsync(
        IReadOnlyList<string> regions,
        string? profile,
        string? endpointUrl,
        CredentialProfileStoreChain chain,
        CredentialProfile? stored,
        string? fallbackRegion,
        CancellationToken cancellation)
    {
        string[] found = regions.Count > 0 ? [.. regions.Distinct(StringComparer.Ordinal)] : RegionOf(stored, fallbackRegion);
        foreach (string region in found)
        {
            if (!IsRegion(region))
            {
                throw NoAccess($"'{region}' is not an AWS region. LambdaLayerRegions takes names such as eu-west-1, separated by semicolons.");
            }
        }

        AWSCredentials credentials = await AwsCredentials.FindAsync(profile, chain, found[0], cancellation).ConfigureAwait(false);
        return new AwsSession(credentials, found, profile, endpointUrl);
    }

    /// <summary>A session with credentials that are known.</summary>
    public static AwsSession With(AWSCredentials credentials, IReadOnlyList<string> regions, string? endpointUrl) =>
        new(credentials, regions, null, endpointUrl);

    public AwsClient CreateLambda(string region) => new(Credentials, new AwsClientConfig("Lambda", "lambda", this, region));

    public AwsClient CreateS3(string region) => new(Credentials, new AwsClientConfig("S3", "s3", this, region));

    internal static DiagnosticException NoAccess(string message) => new(Diagnostic.Error("LB5001", message));

    private static string[] RegionOf(CredentialProfile? profile, string? fallback)
    {
        string? region = Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? profile?.Region?.SystemName ?? fallback;
        return region is not null
            ? [region]
            : throw NoAccess("No AWS region is set. Set LambdaLayerRegions, AWS_REGION, or a region in the AWS profile.");
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>
    /// The SDK decides once in a process where the config and credentials files are, and an MSBuild node serves many
    /// builds: publishing with the files of an earlier one could be into another account.
    /// </summary>
    private static void RefuseOtherFiles()
    {
        if (SharedCredentialsFile.DefaultFilePath != PathOf(SharedCredentialsFile.SharedCredentialsFileEnvVar, "credentials")
            || SharedCredentialsFile.DefaultConfigFilePath != PathOf(SharedCredentialsFile.SharedConfigFileEnvVar, "config"))
        {
            throw NoAccess(
                "AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE has changed since this MSBuild process first published. " +
                "Run 'dotnet build-server shutdown' and publish again.");
        }
    }

    private static string PathOf(string variable, string name) => Variable(variable) is { } path && File.Exists(path)
        ? path
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aws", name);

    /// <summary>The shape of a region's name, not the list: new regions need no new LayerBuild.</summary>
    private static bool IsRegion(string region) =>
        region.Length is > 0 and <= 32 && region.Count(c => c == '-') >= 2
        && char.IsAsciiDigit(region[^1]) && region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>
    /// The SDK finds these clients by assembly name, which fails when another copy of the SDK lives in the process.
    /// </summary>
    private static void RegisterClients()
    {
        lock (RegistryGate)
        {
            if (registered)
            {
                return;
            }

            GlobalRuntimeDependencyRegistry registry = GlobalRuntimeDependencyRegistry.Instance;
            registry.RegisterSSOClient(context => new AmazonSSOClient(
                new AnonymousAWSCredentials(), new AmazonSSOConfig { RegionEndpoint = context.SSOClientContextData.Region }));
            registry.RegisterSSOOIDCClient(context => new AmazonSSOOIDCClient(
                new AnonymousAWSCredentials(), new AmazonSSOOIDCConfig { RegionEndpoint = context.SSOOIDCClientContextData.Region }));
            registered = true;
        }
    }
}
