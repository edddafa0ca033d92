using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Build;

public sealed class ChangingWheelTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public async Task A_wheel_that_is_cut_while_it_is_packed_staged_and_read_for_licences_is_told_of_once()
    {
        LayerDeclaration layer = new()
        {
            Name = LayerName.TryParse("one", out LayerName name) ? name : default,
            ProjectDirectory = _folder.Path,
            ProjectFile = _folder["app.csproj"],
            Runtimes = [LambdaRuntime.Find("python3.12")!],
            Packages = ["lib==1.0"],
        };
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i * 7919}\n"));
        string wheel = new WheelBuilder("lib", "1.0")
            .File("lib/a.py", text)
            // Differs in case only: the warning of it comes when all is known of the wheel, and nothing of it was read.
            .File("lib/A.py", "x = 1\n")
            .Info("licenses/LICENSE", text)
            .WriteTo(_folder["wheels"]);
        CachedWheel cached = new WheelCache(_folder["cache"], _folder["cache2"], WheelCache.DefaultCapacity, new DiagnosticLog()).Add(wheel);
        var entry = new LockEntry("lib", "1.0", null, null, [new LockedFile(cached.Sha256, cached.FileName)]);
        string digest = RequirementsDigest.Of(layer, RequirementReader.Read(layer, _ => null), null);
        _folder.Write("one.requirements.lock.txt", new LockFile(digest, ["python3.12/x86_64"], [entry]).ToText("one.requirements.lock.txt"));

        DiagnosticLog first = await BuildAsync(layer, _ => { });
        Assert.False(first.HasErrors);
        Assert.Equal("LB2021", Assert.Single(first.Warnings).Code);
        byte[] zip = File.ReadAllBytes(_folder["bin/one.zip"]);

        File.WriteAllText(_folder["bin/one.layer.json"], "earlier");
        Directory.Delete(_folder["obj/one/stage"], recursive: true);
        DiagnosticLog second = await BuildAsync(layer, diagnostic =>
        {
            if (diagnostic.Code == "LB2021")
            {
                File.WriteAllBytes(cached.Path, File.ReadAllBytes(cached.Path)[..200]);
            }
        });

        Diagnostic error = Assert.Single(second.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Equal("LB2004", error.Code);
        Assert.Equal(zip, File.ReadAllBytes(_folder["bin/one.zip"]));
        Assert.Equal("earlier", File.ReadAllText(_folder["bin/one.layer.json"]));
    }

    private async Task<DiagnosticLog> BuildAsync(LayerDeclaration layer, Action<Diagnostic> write)
    {
        var log = new DiagnosticLog(write);
        var options = new BuildOptions
        {
            OutputPath = _folder["bin"],
            IntermediatePath = _folder["obj"],
            Resolve = new ResolveOptions
            {
                CachePath = _folder["cache"],
                WorkPath = _folder["obj/.resolve"],
                Python = _folder["no-python"],
                Environment = new Dictionary<string, string>(),
            },
        };
        await new LayerBuilder(options, log).BuildAsync([new LayerRequest(layer, [])], CancellationToken.None);
        return log;
    }
}
