using System.IO.Compression;
using System.Text;

namespace LayerBuild.Steps.Measure;

/// <summary>Finished layers as a build leaves them: zips with their manifests, in a folder of the test.</summary>
internal sealed class BuiltLayers(TemporaryDirectory folder)
{
    private readonly List<BuiltLayer> _layers = [];

    public IReadOnlyList<BuiltLayer> All => _layers;

    public BuiltLayers Add(
        string name, string runtimes, (string Path, string Text)[] files, string architectures = "x86_64;arm64", long? size = null, ManifestPackage[]? packages = null)
    {
        string zip = folder[$"{name}.zip"];
        using (ZipArchive archive = ZipFile.Open(zip, ZipArchiveMode.Create))
        {
            foreach ((string path, string text) in files)
            {
                ZipArchiveEntry entry = archive.CreateEntry(path);
                entry.ExternalAttributes = Convert.ToInt32(path.StartsWith("bin/", StringComparison.Ordinal) ? "100755" : "100644", 8) << 16;
                using Stream stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        var manifest = new LayerManifest
        {
            Name = name,
            Runtimes = runtimes.Split(';', StringSplitOptions.RemoveEmptyEntries),
            Architectures = architectures.Split(';'),
            Zip = $"{name}.zip",
            CodeSha256 = "",
            ZippedSize = new FileInfo(zip).Length,
            UnzippedSize = size ?? files.Sum(f => (long)f.Text.Length),
            Files = files.Length,
            Packages = packages ?? [],
        };
        File.WriteAllBytes(folder[$"{name}.layer.json"], manifest.ToJson());
        _layers.Add(new BuiltLayer(zip, manifest));
        return this;
    }
}
