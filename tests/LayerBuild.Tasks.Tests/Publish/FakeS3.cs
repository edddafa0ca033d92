namespace LayerBuild.Publish;

/// <summary>S3 with path-style addresses.</summary>
internal sealed class FakeS3
{
    /// <summary>Regions of the buckets that exist.</summary>
    public Dictionary<string, string> Buckets { get; } = [];

    public Dictionary<(string Bucket, string Key), FakeObject> Objects { get; } = [];

    public FakeObject? Object(string bucket, string key) => Objects.GetValueOrDefault((bucket, key));

    public FakeAnswer Answer(FakeRequest request) => FakeAnswer.Xml(501, $"<Error><Code>NotImplemented</Code><Message>{request.Method}</Message></Error>");
}

internal sealed record FakeObject(string Region, byte[] Bytes);
