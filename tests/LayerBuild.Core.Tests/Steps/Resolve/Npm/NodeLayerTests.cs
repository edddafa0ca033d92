using System.IO.Compression;
using LayerBuild.Build;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>Whole layers, with packages of npm's registry, loaded by Node.js as Lambda loads them.</summary>
public sealed class NodeLayerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresNpmRegistryFact]
    public async Task Node_loads_the_packages_from_the_extracted_layer()
    {
        DiagnosticLog log = await BuildAsync("""{"dependencies": {"ms": "2.1.3", "semver": "7.7.2"}}""", "x86_64;arm64");

        Assert.DoesNotContain(log.Diagnostics, d => d.Severity is Severity.Error or Severity.Warning);
        ZipFile.ExtractToDirectory(_directory["out/tested.zip"], _directory["opt"]);
        if (Programs.Find("node") is { } node)
        {
            string search = $"{_directory["opt/nodejs/node24/node_modules"]}{Path.PathSeparator}{_directory["opt/nodejs/node_modules"]}";
            (int exitCode, string output) = Programs.Run(
                node,
                _directory.Path,
                [],
                "-e",
                "process.env.NODE_PATH = process.argv[1]; require('module').Module._initPaths(); console.log(require('ms')('1m'), require('semver').inc('1.2.3', 'minor'))",
                search);
            Assert.Equal((0, "60000 1.3.0"), (exitCode, output.Trim()));
        }

        LayerManifest manifest = LayerManifest.Read(_directory["out/tested.layer.json"]);
        Assert.Equal(["ms 2.1.3 MIT", "semver 7.7.2 ISC"], manifest.Packages.Select(p => $"{p.Name} {p.Version} {p.License}"));
        Assert.All(manifest.Packages, p => Assert.StartsWith("sha512-", p.Integrity, StringComparison.Ordinal));
        Assert.Contains("pkg:npm/ms@2.1.3", File.ReadAllText(_directory["out/tested.cdx.json"]), StringComparison.Ordinal);
    }

    [RequiresNpmRegistryFact]
    public async Task A_layer_with_native_packages_splits_and_each_zip_holds_its_own()
    {
        DiagnosticLog log = await BuildAsync("""{"dependencies": {"esbuild": "0.25.12"}}""", "x86_64;arm64");

        Assert.DoesNotContain(log.Diagnostics, d => d.Severity is Severity.Error or Severity.Warning);
        Assert.Equal(["@esbuild/linux-x64"], NativePackages("tested-x86_64"));
        Assert.Equal(["@esbuild/linux-arm64"], NativePackages("tested-arm64"));
        Assert.False(File.Exists(_directory["out/tested.zip"]));
        using ZipArchive zip = ZipFile.OpenRead(_directory["out/tested-arm64.zip"]);
        ZipArchiveEntry program = zip.GetEntry("nodejs/node_modules/@esbuild/linux-arm64/bin/esbuild")!;
        Assert.Equal(0x81ED, program.ExternalAttributes >>> 16);
    }

    private IEnumerable<string> NativePackages(string name) =>
        LayerManifest.Read(_directory[$"out/{name}.layer.json"]).Packages.Select(p => p.Name).Where(n => n.StartsWith("@esbuild/", StringComparison.Ordinal));

    private async Task<DiagnosticLog> BuildAsync(string manifest, string architectures)
    {
        var log = new DiagnosticLog();
        var layer = new LayerDeclaration
        {
            Name = LayerName.TryParse("tested", out LayerName name) ? name : default,
            ProjectDirectory = _directory.Path,
            Runtimes = [LambdaRuntime.Find("nodejs24.x")!, LambdaRuntime.Find("nodejs22.x")!],
            Architectures = [.. architectures.Split(';').Select(a => Architecture.Find(a)!)],
            PackageJson = _directory.Write("package.json", manifest),
        };
        var options = new BuildOptions
        {
            OutputPath = _directory["out/"],
            IntermediatePath = _directory["obj/"],
            Resolve = new ResolveOptions { CachePath = _directory["cache"], WorkPath = _directory["obj/.resolve"] },
        };
        await new LayerBuilder(options, log).BuildAsync([new LayerRequest(layer, [])], default);
        return log;
    }
}
