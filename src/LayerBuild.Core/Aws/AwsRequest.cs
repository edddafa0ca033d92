using Amazon.Runtime;

namespace LayerBuild.Aws;

/// <summary>One HTTP request of an AWS service, before endpoint and signature.</summary>
/// <param name="operation">The API's name of the operation, for messages.</param>
/// <param name="method">HTTP method.</param>
/// <param name="path">Path with placeholders: <c>/2018-10-31/layers/{LayerName}/versions</c>; <c>{Key+}</c> keeps slashes.</param>
internal sealed class AwsRequest(string operation, string method, string path) : AmazonWebServiceRequest
{
    public string Operation { get; } = operation;

    public string Method { get; } = method;

    public string Path { get; } = path;

    /// <summary>Values of the placeholders in <see cref="Path"/>, not encoded.</summary>
    public Dictionary<string, string> PathValues { get; } = [];

    /// <summary>Query parameters; null for one without a value.</summary>
    public Dictionary<string, string?> Query { get; } = [];

    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>Goes in front of the endpoint's host: a bucket's name.</summary>
    public string? HostPrefix { get; init; }

    /// <summary>Whole body; null when there is none or <see cref="Stream"/> has it.</summary>
    public byte[]? Content { get; init; }

    /// <summary>Body that is read while it is sent; seekable. Needs <see cref="StreamSha256"/>.</summary>
    public Stream? Stream { get; init; }

    /// <summary>Lower-case hex of the SHA-256 of <see cref="Stream"/>, for the signature.</summary>
    public string? StreamSha256 { get; init; }

    /// <summary>Leave the response's body on the wire: <see cref="AwsResponse.Stream"/>.</summary>
    public bool StreamResponse { get; init; }

    /// <summary>Bytes of the body.</summary>
    public long Length => Content?.Length ?? Stream?.Length ?? 0;

    /// <summary>No 100-continue dance: the bodies are small or known to be wanted.</summary>
    protected override bool Expect100Continue => false;
}

/// <summary>An answer with a status of 200 to 299.</summary>
internal sealed class AwsResponse : AmazonWebServiceResponse, IDisposable
{
    /// <summary>Whole body, unless the request asked for a stream.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>Body still to be read; owned by whoever has the response.</summary>
    public Stream Stream { get; init; } = Stream.Null;

    /// <summary>By name, in any case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public void Dispose() => Stream.Dispose();
}
