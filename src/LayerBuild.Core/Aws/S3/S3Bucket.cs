using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace LayerBuild.Aws.S3;

/// <summary>
/// A bucket, as far as layers need one. AWSSDK.S3 would do this too, and alone weighs more than all else that the package
/// may hold.
/// </summary>
internal sealed class S3Bucket(AwsClient client, RetryPolicy call, string name) : IDisposable
{
    /// <summary>Bytes of a part; above it an object goes up in parts, some at a time.</summary>
    public const int PartSize = 8 << 20;

    private const int PartsAtATime = 4;

    private const string FileNameHeader = "x-amz-meta-file-name";

    private readonly bool _inPath = client.HasCustomEndpoint || name.Contains('.');

    public string Name { get; } = name;

    public string Region => client.Region;

    /// <summary>The object without its bytes; null when it is not there, or when S3 may not tell.</summary>
    public async Task<S3Object?> FindAsync(string key, CancellationToken cancellation)
    {
        try
        {
            using AwsResponse response = await SendAsync(Request("HeadObject", "HEAD", key), key, cancellation).ConfigureAwait(false);
            return Object(response);
        }
        catch (AwsException e) when (e.IsNotFound
            || (e is { Failure: AwsFailure.Refused, Status: System.Net.HttpStatusCode.Forbidden } && (e.BucketRegion ?? Region) == Region))
        {
            // Without leave to list the bucket S3 answers 403 for what is missing.
            return null;
        }
    }

    /// <summary>
    /// Opens the object; null when it is not there. The time limit holds until the stream is there; reading it is up to
    /// the caller.
    /// </summary>
    public async Task<AwsResponse?> OpenAsync(string key, CancellationToken cancellation)
    {
        try
        {
            return await call.SendAsync(
                Operation("GetObject", key),
                token => client.SendAsync(Request("GetObject", "GET", key, stream: true), token),
                cancellation).ConfigureAwait(false);
        }
        catch (AwsException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Puts the object in one request.</summary>
    /// <param name="fileName">Kept with the object: <see cref="S3Object.FileName"/>.</param>
    public async Task<S3Object> PutAsync(string key, byte[] content, string? fileName, CancellationToken cancellation)
    {
        AwsRequest request = Named(Request("PutObject", "PUT", key, content), fileName);
        using AwsResponse response = await SendAsync(request, key, cancellation).ConfigureAwait(false);
        return Object(response) with { Size = content.Length };
    }

    /// <summary>Puts the file, in parts when it is large.</summary>
    /// <param name="fileName">Kept with the object: <see cref="S3Object.FileName"/>.</param>
    /// <param name="progress">Told the bytes that are up, after each part.</param>
    public async Task<S3Object> PutFileAsync(string key, string path, string? fileName, Action<long> progress, CancellationToken cancellation)
    {
        long size = new FileInfo(path).Length;
        if (size <= PartSize)
        {
            return await PutAsync(key, await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false), fileName, cancellation).ConfigureAwait(false);
        }

        string upload = await CreateUploadAsync(key, fileName, cancellation).ConfigureAwait(false);
        try
        {
            string[] tags = await PutPartsAsync(key, upload, path, size, progress, cancellation).ConfigureAwait(false);
            return await CompleteUploadAsync(key, upload, tags, size, cancellation).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await AbortUploadAsync(key, upload).ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<string> CreateUploadAsync(string key, string? fileName, CancellationToken cancellation)
    {
        AwsRequest request = Named(Request("CreateMultipartUpload", "POST", key), fileName);
        request.Query["uploads"] = null;
        using AwsResponse response = await SendAsync(request, key, cancellation).ConfigureAwait(false);
        return Element(Xml(response), "UploadId") ?? throw new XmlException("The response has no UploadId.");
    }

    /// <returns>The parts' ETags, in order.</returns>
    private async Task<string[]> PutPartsAsync(string key, string upload, string path, long size, Action<long> progress, CancellationToken cancellation)
    {
        int count = (int)((size + PartSize - 1) / PartSize);
        var tags = new string[count];
        long sent = 0;
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, options: FileOptions.Asynchronous);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = PartsAtATime, CancellationToken = cancellation }, async (i, token) =>
        {
            byte[] part = new byte[Math.Min(PartSize, size - ((long)i * PartSize))];
            for (int read = 0; read < part.Length;)
            {
                int more = await RandomAccess.ReadAsync(file, part.AsMemory(read), ((long)i * PartSize) + read, token).ConfigureAwait(false);
                read += more > 0 ? more : throw new EndOfStreamException($"{path} was cut short while it was being read.");
            }

            AwsRequest request = Request("UploadPart", "PUT", key, part);
            request.Query["partNumber"] = (i + 1).ToString(CultureInfo.InvariantCulture);
            request.Query["uploadId"] = upload;
            using AwsResponse response = await SendAsync(request, key, token).ConfigureAwait(false);
            tags[i] = response.Header("ETag") ?? throw new XmlException("The response has no ETag.");
            progress(Interlocked.Add(ref sent, part.Length));
        }).ConfigureAwait(false);
        return tags;
    }

    private async Task<S3Object> CompleteUploadAsync(string key, string upload, string[] tags, long size, CancellationToken cancellation)
    {
        var body = new XElement("CompleteMultipartUpload", tags.Select((tag, i) => new XElement("Part", new XElement("PartNumber", i + 1), new XElement("ETag", tag))));
        AwsRequest request = Request("CompleteMultipartUpload", "POST", key, Encoding.UTF8.GetBytes(body.ToString(SaveOptions.DisableFormatting)));
        request.Query["uploadId"] = upload;
        try
        {
            using AwsResponse response = await call.SendAsync(
                Operation("CompleteMultipartUpload", key),
                async token =>
                {
                    AwsResponse answer = await client.SendAsync(request, token).ConfigureAwait(false);
                    // An error after the headers were out comes with a status of 200.
                    return Xml(answer).Name.LocalName == "Error"
                        ? throw AwsErrorBody.Parse(answer.Headers, answer.Body, null, System.Net.HttpStatusCode.InternalServerError)
                        : answer;
                },
                cancellation).ConfigureAwait(false);
            return Object(response) with { Size = size };
        }
        catch (AwsException e) when (e.Code == "NoSuchUpload")
        {
            // Completed by a request whose answer was lost?
            if (await FindAsync(key, cancellation).ConfigureAwait(false) is { } there && there.Size == size)
            {
                return there;
            }

            throw;
        }
    }

    /// <summary>Parts of an upload that is given up would be paid for.</summary>
    private async Task AbortUploadAsync(string key, string upload)
    {
        AwsRequest request = Request("AbortMultipartUpload", "DELETE", key);
        request.Query["uploadId"] = upload;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            using AwsResponse response = await SendAsync(request, key, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AwsException or OperationCanceledException)
        {
            // The fault that led here is the one to report; a lifecycle rule of the bucket cleans up.
        }
    }

    private AwsRequest Request(string operation, string method, string key, byte[]? content = null, bool stream = false)
    {
        var request = new AwsRequest(operation, method, _inPath ? "/{Bucket}/{Key+}" : "/{Key+}")
        {
            HostPrefix = _inPath ? null : Name,
            Content = content,
            StreamResponse = stream,
            PathValues = { ["Key+"] = key },
        };
        if (_inPath)
        {
            request.PathValues["Bucket"] = Name;
        }

        if (content is not null)
        {
            request.Headers["Content-Type"] = "application/octet-stream";
        }

        return request;
    }

    private static AwsRequest Named(AwsRequest request, string? fileName)
    {
        if (fileName is not null)
        {
            request.Headers[FileNameHeader] = fileName;
        }

        return request;
    }

    private Task<AwsResponse> SendAsync(AwsRequest request, string key, CancellationToken cancellation) =>
        call.SendAsync(
            Operation(request.Operation, key) with { Bytes = request.Content?.Length ?? 0 },
            token => client.SendAsync(request, token),
            cancellation);

    private AwsOperation Operation(string operation, string key) => new(operation, $"s3://{Name}/{key}", Region) { Service = "s3" };

    private static XElement Xml(AwsResponse response)
    {
        using var stream = new MemoryStream(response.Body);
        using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return XElement.Load(reader);
    }

    private static string? Element(XElement root, string name) => root.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value;

    /// <summary>What the headers of an answer say of an object.</summary>
    public static S3Object Object(AwsResponse response) => new(
        long.TryParse(response.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : 0,
        response.Header("x-amz-version-id") is { Length: > 0 } version && version != "null" ? version : null,
        response.Header(FileNameHeader));
}

/// <param name="Size">Bytes.</param>
/// <param name="VersionId">Null when the bucket has no versions.</param>
/// <param name="FileName">As whoever put the object named it; null when they did not.</param>
internal sealed record S3Object(long Size, string? VersionId, string? FileName);
