using System.Security.Cryptography;
using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Publish.Lambda;

namespace LayerBuild.Publish;

/// <summary>Brings the bytes of a zip to Lambda: in the request.</summary>
internal sealed class LayerContent(PublishOptions options)
{
    /// <summary>Largest zip that Lambda takes in a request, in bytes.</summary>
    public const long MaxDirect = 52_428_800;

    public async Task<LayerVersionContentInput> ForAsync(LayerArtifact layer, CancellationToken cancellation)
    {
        if (layer.Manifest.ZippedSize > MaxDirect && options.S3Bucket is null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB4004",
                $"The layer {layer.Name} is {new ByteSize(layer.Manifest.ZippedSize)} zipped, and Lambda takes at most 50 MB in a request. " +
                "Set LambdaLayerS3Bucket to a bucket in the region (\"my-layers-{region}\"), or make the layer smaller."));
        }

        byte[] zip = await File.ReadAllBytesAsync(layer.ZipPath, cancellation).ConfigureAwait(false);
        if (Convert.ToBase64String(SHA256.HashData(zip)) != layer.CodeSha256)
        {
            throw Changed(layer);
        }

        return new LayerVersionContentInput { ZipFile = new MemoryStream(zip, 0, zip.Length, writable: false, publiclyVisible: true) };
    }

    private static DiagnosticException Changed(LayerArtifact layer) => new(Diagnostic.Error(
        "LB5009", $"{layer.ZipPath} is not the zip that its manifest describes: it was changed after the build. Build again."));
}
