using System.Globalization;
using System.Security.Cryptography;
using LayerBuild.Aws;
using LayerBuild.Aws.Lambda;
using LayerBuild.Aws.S3;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>
/// Brings the bytes of a zip to Lambda: in the request, or through a bucket, where they lie under a key that says what
/// they are and are not put twice.
/// </summary>
/// <param name="open">Makes the client of the bucket in a region; null when there is no bucket.</param>
internal sealed class LayerContent(PublishOptions options, string region, Func<string, S3Bucket>? open, DiagnosticLog log) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, S3Bucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>
    /// Content of a PublishLayerVersion request. With <paramref name="fresh"/> an object that is there is not trusted.
    /// </summary>
    public async Task<LayerVersionContentInput> ForAsync(BuiltLayer layer, bool fresh, CancellationToken cancellation)
    {
        if (open is not null)
        {
            return await ThroughBucketAsync(layer, fresh, cancellation).ConfigureAwait(false);
        }

        if (layer.Manifest.ZippedSize > LambdaLimits.DirectUpload)
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB4004",
                $"Layer '{layer.Name}': its zip has {new ByteSize(layer.Manifest.ZippedSize)}, and Lambda takes at most 50 MB in a request. " +
                "Set LambdaLayerS3Bucket to a bucket in the region (\"my-layers-{region}\"), or make the layer smaller."));
        }

        byte[] zip = await File.ReadAllBytesAsync(layer.ZipPath, cancellation).ConfigureAwait(false);
        Check(layer, SHA256.HashData(zip));
        return new LayerVersionContentInput { ZipFile = new MemoryStream(zip, 0, zip.Length, writable: false, publiclyVisible: true) };
    }

    /// <summary>Where the zip lies in the bucket.</summary>
    internal static string Key(string prefix, BuiltLayer layer)
    {
        string folder = prefix.Trim('/');
        string sha256 = Convert.ToHexStringLower(Convert.FromBase64String(layer.CodeSha256));
        return $"{(folder.Length > 0 ? folder + "/" : "")}{layer.Name}/{sha256}.zip";
    }

    public void Dispose()
    {
        foreach (S3Bucket bucket in _buckets.Values)
        {
            bucket.Dispose();
        }
    }

    private async Task<LayerVersionContentInput> ThroughBucketAsync(BuiltLayer layer, bool fresh, CancellationToken cancellation)
    {
        string key = Key(options.S3Prefix, layer);
        S3Bucket bucket = Bucket(region);
        try
        {
            return await PutAsync(bucket, layer, key, fresh, cancellation).ConfigureAwait(false);
        }
        catch (AwsException e) when (e.BucketRegion is { } home && home != bucket.Region && options.S3ObjectStorageMode == "REFERENCE")
        {
            // By reference, and only so, Lambda takes a zip from another region.
            return await PutAsync(Bucket(home), layer, key, fresh, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<LayerVersionContentInput> PutAsync(S3Bucket bucket, BuiltLayer layer, string key, bool fresh, CancellationToken cancellation)
    {
        S3Object? stored = fresh ? null : await bucket.FindAsync(key, cancellation).ConfigureAwait(false);
        if (stored?.Size != layer.Manifest.ZippedSize)
        {
            FileStream zip = File.OpenRead(layer.ZipPath);
            await using (zip.ConfigureAwait(false))
            {
                Check(layer, await SHA256.HashDataAsync(zip, cancellation).ConfigureAwait(false));
            }

            stored = await bucket.PutFileAsync(key, layer.ZipPath, fileName: null, Progress(layer, $"s3://{bucket.Name}/{key}"), cancellation).ConfigureAwait(false);
        }

        bool reference = options.S3ObjectStorageMode == "REFERENCE";
        if (reference && stored.VersionId is null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB5011", $"LambdaLayerS3ObjectStorageMode=REFERENCE needs a bucket with versioning, but {bucket.Name} has none. Turn it on, or leave the mode out."));
        }

        return new LayerVersionContentInput
        {
            S3Bucket = bucket.Name,
            S3Key = key,
            S3ObjectVersion = reference ? stored.VersionId : null,
            S3ObjectStorageMode = options.S3ObjectStorageMode,
        };
    }

    /// <summary>A line for each quarter of a long upload.</summary>
    private Action<long> Progress(BuiltLayer layer, string target)
    {
        long size = layer.Manifest.ZippedSize;
        int told = 0;
        return sent =>
        {
            int quarter = (int)(4 * sent / size);
            int before = Interlocked.Exchange(ref told, Math.Max(quarter, Volatile.Read(ref told)));
            if (quarter > before)
            {
                log.Note(string.Create(CultureInfo.InvariantCulture, $"{layer.Name}  {region}  {new ByteSize(sent)} of {new ByteSize(size)} uploaded to {target}"));
            }
        };
    }

    private S3Bucket Bucket(string home)
    {
        lock (_gate)
        {
            if (!_buckets.TryGetValue(home, out S3Bucket? bucket))
            {
                bucket = _buckets[home] = open!(home);
            }

            return bucket;
        }
    }

    private static void Check(BuiltLayer layer, byte[] sha256)
    {
        if (Convert.ToBase64String(sha256) != layer.CodeSha256)
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB5009", $"{layer.ZipPath} is not the zip that its manifest describes: it was changed after the build. Build again."));
        }
    }
}
