using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

/// <summary>A project folder, a folder of wheels as the only index, and a cache, all of a test's own.</summary>
internal sealed class ResolveBench : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private LayerResolution? _last;

    public ResolveBench()
    {
        Directory.CreateDirectory(Wheels);
        Directory.CreateDirectory(Project);
        Variables = [];
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            string name = (string)entry.Key;
            if (!name.StartsWith("PIP_", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("PYTHON", StringComparison.OrdinalIgnoreCase))
            {
                Variables[name] = (string?)entry.Value ?? "";
            }
        }

        Variables["PIP_NO_INDEX"] = "1";
        // The variable is split at white space, which the folder's name has; a URL has none.
        Variables["PIP_FIND_LINKS"] = new Uri(Wheels).AbsoluteUri;
        Variables["PIP_CONFIG_FILE"] = OperatingSystem.IsWindows() ? "nul" : "/dev/null";
        Variables["PIP_CACHE_DIR"] = _root["pip-cache"];
    }

    public string Wheels => _root["wheels"];

    public string Project => _root["project"];

    public string Cache => _root["cache"];

    /// <summary>The environment of the build.</summary>
    public Dictionary<string, string> Variables { get; }

    public string? Python { get; set; } = TestPython.All.Count > 0 ? TestPython.Newest.Path : null;

    public DiagnosticLog Log { get; private set; } = new();

    public string this[string relative] => Path.Combine(Project, relative);

    public ResolveOptions Options => new()
    {
        Python = Python,
        CachePath = Cache,
        WorkPath = _root["work"],
        Environment = Variables,
    };

    public WheelBuilder Wheel(string name, string version, string tag = "py3-none-any") =>
        new WheelBuilder(name, version, tag).File($"{name.Replace('-', '_')}/__init__.py", $"version = '{version}'\n");

    /// <summary>Puts a wheel where pip looks.</summary>
    public string Offer(string name, string version, string tag = "py3-none-any", params string[] requires) =>
        Wheel(name, version, tag).Requires(requires).WriteTo(Wheels);

    public string Write(string relative, string text) => _root.Write(Path.Combine("project", relative), text);

    public LayerDeclaration Layer(string name = "layer", string[]? runtimes = null, string[]? architectures = null, string[]? files = null, string[]? packages = null, string[]? allowSdist = null)
    {
        Assert.True(LayerName.TryParse(name, out LayerName parsed));
        return new LayerDeclaration
        {
            Name = parsed,
            ProjectFile = this["project.csproj"],
            ProjectDirectory = Project,
            Runtimes = [.. (runtimes ?? ["python3.12"]).Select(r => LambdaRuntime.Find(r)!)],
            Architectures = [.. (architectures ?? ["x86_64"]).Select(a => Architecture.Find(a)!)],
            RequirementFiles = [.. (files ?? []).Select(f => this[f])],
            Packages = packages ?? [],
            AllowSdist = allowSdist ?? [],
        };
    }

    public async Task<LayerResolution?> TryResolveAsync(LayerDeclaration layer, ResolveOptions? options = null, CancellationToken cancellation = default)
    {
        Log = new DiagnosticLog();
        IReadOnlyDictionary<LayerName, LayerResolution> resolutions = await new PackageResolver(options ?? Options, Log).ResolveAsync([layer], cancellation);
        return _last = resolutions.GetValueOrDefault(layer.Name);
    }

    /// <summary>Whether the last resolution says that the user named a package.</summary>
    public bool LastRequested(string name) => _last!.Wheels.Values.Single().Single(w => w.Name == name).Requested;

    public async Task<LayerResolution> ResolveAsync(LayerDeclaration layer, ResolveOptions? options = null)
    {
        LayerResolution? resolution = await TryResolveAsync(layer, options);
        Assert.True(resolution is not null, string.Join("\n", Log.Diagnostics));
        return resolution!;
    }

    /// <summary>Names and versions for the only target.</summary>
    public async Task<string[]> NamesAsync(LayerDeclaration layer, ResolveOptions? options = null) =>
        NamesOf(await ResolveAsync(layer, options));

    public static string[] NamesOf(LayerResolution resolution) =>
        [.. Assert.Single(resolution.Wheels).Value.Select(w => $"{w.Name} {w.Version}")];

    /// <summary>The error that a layer ends with.</summary>
    public async Task<Diagnostic> ErrorAsync(LayerDeclaration layer, ResolveOptions? options = null)
    {
        Assert.Null(await TryResolveAsync(layer, options));
        return Assert.Single(Log.Diagnostics, d => d.Severity == Severity.Error);
    }

    public void Dispose() => _root.Dispose();
}
