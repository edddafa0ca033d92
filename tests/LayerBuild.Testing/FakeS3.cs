using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace LayerBuild.Testing;

/// <summary>S3 with path-style addresses.</summary>
internal sealed class FakeS3
{
    private readonly Dictionary<string, (string Bucket, string Key, SortedDictionary<int, byte[]> Parts, string? FileName)> _uploads = [];
    private int _count;

    /// <summary>The buckets that exist.</summary>
    public Dictionary<string, FakeBucket> Buckets { get; } = [];

    /// <summary>Uploads that were neither completed nor aborted.</summary>
    public int OpenUploads => _uploads.Count;

    public FakeBucket AddBucket(string name, string region, bool versioned = false) => Buckets[name] = new FakeBucket(region, versioned);

    public FakeObject? Object(string bucket, string key) =>
        Buckets.TryGetValue(bucket, out FakeBucket? found) && found.Objects.TryGetValue(key, out FakeObject? stored) ? stored : null;

    public FakeAnswer Answer(FakeRequest request)
    {
        string name = request.Path[0];
        string key = string.Join('/', request.Path[1..]);
        if (!Buckets.TryGetValue(name, out FakeBucket? bucket))
        {
            return Error(404, "NoSuchBucket");
        }

        if (bucket.Region != request.Region)
        {
            return Error(301, "PermanentRedirect").With("x-amz-bucket-region", bucket.Region);
        }

        string? upload = request.Query.GetValueOrDefault("uploadId");
        switch (request.Method)
        {
            case "HEAD" or "GET" when !bucket.Objects.TryGetValue(key, out _):
                return bucket.CanList ? Error(404, "NoSuchKey") : Error(403, "AccessDenied");
            case "HEAD":
                return bucket.Objects[key].Describe(new FakeAnswer(200, "").With("Content-Length", bucket.Objects[key].Bytes.Length.ToString(CultureInfo.InvariantCulture)));
            case "GET":
                return bucket.Objects[key].Describe(new FakeAnswer(200, bucket.Objects[key].Bytes) { ContentType = "application/octet-stream" });
            case "PUT" when upload is not null:
                if (!_uploads.TryGetValue(upload, out var open))
                {
                    return Error(404, "NoSuchUpload");
                }

                open.Parts[int.Parse(request.Query["partNumber"], CultureInfo.InvariantCulture)] = request.Body;
                return new FakeAnswer(200, "").With("ETag", Tag(request.Body));
            case "PUT":
                return Stored(bucket, key, request.Body, "", request.Headers.GetValueOrDefault("x-amz-meta-file-name"));
            case "POST" when request.Query.ContainsKey("uploads"):
                string id = FormattableString.Invariant($"upload/{++_count}+x=");
                _uploads[id] = (name, key, [], request.Headers.GetValueOrDefault("x-amz-meta-file-name"));
                return FakeAnswer.Xml(200, $"<?xml version=\"1.0\"?><InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
            case "POST" when upload is not null:
                return Complete(bucket, key, upload, request.Body);
            case "DELETE" when upload is not null:
                return _uploads.Remove(upload) ? new FakeAnswer(204, "") : Error(404, "NoSuchUpload");
            default:
                return Error(501, "NotImplemented");
        }
    }

    private static FakeAnswer Error(int status, string code) =>
        FakeAnswer.Xml(status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code} it is.</Message></Error>");

    private static string Tag(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"";

    private FakeAnswer Stored(FakeBucket bucket, string key, byte[] bytes, string body, string? fileName)
    {
        bucket.Puts++;
        bucket.Objects[key] = new FakeObject(bucket.Region, bytes, bucket.Versioned ? FormattableString.Invariant($"v{++_count}") : "null") { FileName = fileName };
        return FakeAnswer.Xml(200, body).With("ETag", Tag(bytes)).With("x-amz-version-id", bucket.Objects[key].VersionId);
    }

    private FakeAnswer Complete(FakeBucket bucket, string key, string upload, byte[] body)
    {
        if (!_uploads.TryGetValue(upload, out var open))
        {
            return Error(404, "NoSuchUpload");
        }

        var parts = XElement.Parse(Encoding.UTF8.GetString(body)).Elements("Part").ToList();
        foreach (XElement part in parts)
        {
            int number = int.Parse(part.Element("PartNumber")!.Value, CultureInfo.InvariantCulture);
            if (!open.Parts.TryGetValue(number, out byte[]? bytes) || Tag(bytes) != part.Element("ETag")!.Value)
            {
                return Error(400, "InvalidPart");
            }

            if (bytes.Length < 5 << 20 && number != parts.Count)
            {
                return Error(400, "EntityTooSmall");
            }
        }

        _uploads.Remove(upload);
        return Stored(bucket, key, [.. open.Parts.Values.SelectMany(p => p)], "<CompleteMultipartUploadResult/>", open.FileName);
    }
}

internal sealed class FakeBucket(string region, bool versioned)
{
    public string Region { get; } = region;

    public bool Versioned { get; } = versioned;

    /// <summary>Without leave to list, what is missing is forbidden.</summary>
    public bool CanList { get; set; } = true;

    public Dictionary<string, FakeObject> Objects { get; } = [];

    /// <summary>Objects that were put.</summary>
    public int Puts { get; set; }
}

internal sealed record FakeObject(string Region, byte[] Bytes, string VersionId)
{
    public string? FileName { get; init; }

    public FakeAnswer Describe(FakeAnswer answer) =>
        (FileName is null ? answer : answer.With("x-amz-meta-file-name", FileName)).With("x-amz-version-id", VersionId);
}
