using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Transform;

namespace LayerBuild.Aws;

/// <summary>
/// Sends requests of one service through the SDK's pipeline: credentials, endpoint and signature are the SDK's, retries
/// are not (<see cref="RetryPolicy"/>).
/// </summary>
internal sealed class AwsClient : AmazonServiceClient
{
    private readonly InvokeOptions _options = new() { RequestMarshaller = new Marshaller(), ResponseUnmarshaller = new Unmarshaller() };

    public AwsClient(AWSCredentials credentials, AwsClientConfig config)
        : base(credentials, config)
    {
        Region = config.AuthenticationRegion;
        HasCustomEndpoint = !string.IsNullOrEmpty(config.ServiceURL);
        ServiceMetadata = new Metadata(config.ServiceId);
    }

    public string Region { get; }

    /// <summary>Whether the service is reached at an address of the user's, not at AWS.</summary>
    public bool HasCustomEndpoint { get; }

    protected override IServiceMetadata ServiceMetadata { get; }

    /// <summary>Sends <paramref name="request"/> once. Errors are those of the SDK's pipeline, untranslated.</summary>
    public async Task<AwsResponse> SendAsync(AwsRequest request, CancellationToken cancellation)
    {
        AwsResponse response = await InvokeAsync<AwsResponse>(request, _options, cancellation).ConfigureAwait(false);
        bool redirected = (int)response.HttpStatusCode >= 300;
        if (request.StreamResponse && !redirected)
        {
            return response;
        }

        // Here and not in the pipeline, which reads synchronously and would wait for a body that stalls.
        using var body = new MemoryStream();
        await using (response.Stream.ConfigureAwait(false))
        {
            await response.Stream.CopyToAsync(body, cancellation).ConfigureAwait(false);
        }

        // A redirect names the right region, and is not followed: the signature would be that of the wrong one.
        return redirected
            ? throw AwsErrorBody.Parse(response.Headers, body.ToArray(), null, response.HttpStatusCode)
            : new AwsResponse { Headers = response.Headers, Body = body.ToArray() };
    }

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        var config = (AwsClientConfig)Config;
        pipeline.ReplaceHandler<RetryHandler>(new RetryHandler(new ClockSkewOnly(config)));
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Amazon.Runtime.Internal.Marshaller>(new ServiceEndpoint(config));
        pipeline.AddHandlerAfter<Amazon.Runtime.Internal.Marshaller>(new Authentication(config.RegionEndpointServiceName == "s3"));
    }

    private sealed record Metadata(string ServiceId) : IServiceMetadata
    {
        public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>();
    }

    /// <summary>A wrong clock is corrected and the request signed again, at once; nothing else is sent twice here.</summary>
    private sealed class ClockSkewOnly(IClientConfig config) : StandardRetryPolicy(config)
    {
        public override bool RetryForException(IExecutionContext executionContext, Exception exception) => false;

        public override Task<bool> RetryForExceptionAsync(IExecutionContext executionContext, Exception exception) =>
            Task.FromResult(false);

        public override Task WaitBeforeRetryAsync(IExecutionContext executionContext) => Task.CompletedTask;
    }

    private sealed class Authentication(bool s3) : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) =>
            AuthSchemeOption.DEFAULT_SIGV4;

        protected override ISigner GetSigner(IAuthScheme<Amazon.Runtime.Identity.BaseIdentity> scheme) =>
            s3 ? new S3Signer() : base.GetSigner(scheme);
    }

    private sealed class ServiceEndpoint(AwsClientConfig config) : BaseEndpointResolver
    {
        public override void ProcessRequestHandlers(IExecutionContext executionContext)
        {
            var request = (AwsRequest)executionContext.RequestContext.OriginalRequest;
            string url = config.EndpointUrl();
            executionContext.RequestContext.Request.Endpoint =
                new Uri(request.HostPrefix is null ? url : url.Replace("://", $"://{request.HostPrefix}.", StringComparison.Ordinal));
        }
    }

    private sealed class Marshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var source = (AwsRequest)input;
            var request = new DefaultRequest(source, source.Operation)
            {
                HttpMethod = source.Method,
                ResourcePath = source.Path,
                UseQueryString = source.Query.Count > 0,
                Content = source.Content,
                ContentStream = source.Stream,
            };
            foreach ((string name, string value) in source.PathValues)
            {
                request.AddPathResource("{" + name + "}", value);
            }

            foreach ((string name, string? value) in source.Query)
            {
                if (value is null)
                {
                    request.AddSubResource(name);
                }
                else
                {
                    request.Parameters.Add(name, value);
                }
            }

            foreach ((string name, string value) in source.Headers)
            {
                request.Headers[name] = value;
            }

            if (source.StreamSha256 is not null)
            {
                request.PrecomputedContentSha256 = source.StreamSha256;
            }

            return request;
        }
    }

    private sealed class Unmarshaller : ResponseUnmarshaller
    {
        public override bool HasStreamingProperty => true;

        public override AmazonWebServiceResponse Unmarshall(UnmarshallerContext input)
        {
            var context = (Context)input;
            return new AwsResponse { Headers = Headers(context.ResponseData), Stream = context.Stream };
        }

        public override AmazonServiceException UnmarshallException(UnmarshallerContext input, Exception innerException, System.Net.HttpStatusCode statusCode)
        {
            var context = (Context)input;
            byte[] body;
            try
            {
                body = ReadAll(context);
            }
            catch (IOException)
            {
                // The status says enough.
                body = [];
            }

            return AwsErrorBody.Parse(Headers(context.ResponseData), body, innerException, statusCode);
        }

        protected override bool ShouldReadEntireResponse(IWebResponseData response, bool readEntireResponse) => false;

        protected override UnmarshallerContext ConstructUnmarshallerContext(Stream responseStream, bool maintainResponseBody, IWebResponseData response, bool isException) =>
            new Context(responseStream, response, CancellationToken.None);

        protected override UnmarshallerContext ConstructUnmarshallerContext(
            Stream responseStream, bool maintainResponseBody, IWebResponseData response, bool isException, IRequestContext requestContext) =>
            new Context(responseStream, response, requestContext.CancellationToken);

        /// <summary>The body of an error, on the pipeline's terms, which are synchronous; cancelling closes the connection under it.</summary>
        private static byte[] ReadAll(Context context)
        {
            using CancellationTokenRegistration close = context.Cancellation.Register(context.Stream.Dispose);
            using var copy = new MemoryStream();
            try
            {
                context.Stream.CopyTo(copy);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                throw;
            }

            return copy.ToArray();
        }

        private static Dictionary<string, string> Headers(IWebResponseData response)
        {
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (string name in response.GetHeaderNames())
            {
                headers[name] = response.GetHeaderValue(name);
            }

            return headers;
        }
    }

    /// <summary>Hands the body through as it is.</summary>
    private sealed class Context : UnmarshallerContext
    {
        public Context(Stream stream, IWebResponseData response, CancellationToken cancellation)
        {
            Stream = stream;
            Cancellation = cancellation;
            WebResponseData = response;
        }

        public Stream Stream { get; }

        public CancellationToken Cancellation { get; }

        public override string CurrentPath => "";

        public override int CurrentDepth => 0;

        public override bool IsStartElement => false;

        public override bool IsEndElement => false;

        public override bool IsStartOfDocument => true;
    }
}
