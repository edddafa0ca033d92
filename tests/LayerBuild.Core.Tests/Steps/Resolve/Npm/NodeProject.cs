using System.Collections;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>A folder with a Node.js layer, and an npm whose settings are the test's.</summary>
internal sealed class NodeProject : IDisposable
{
    // npm before 11.4 does not find local packages below a folder with a % in its name.
    private readonly TemporaryDirectory _directory = new("lb t;s't é");
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public NodeProject()
    {
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (!((string)entry.Key).StartsWith("npm_", StringComparison.OrdinalIgnoreCase))
            {
                _environment[(string)entry.Key] = (string)entry.Value!;
            }
        }

        // No test reads the settings of the user or writes into his cache; local packages need no registry.
        Set("npm_config_userconfig", Write("home/.npmrc", ""));
        Set("npm_config_globalconfig", Write("home/global", ""));
        Set("npm_config_cache", _directory["cache"]);
        Set("npm_config_offline", "true");
        Directory.CreateDirectory(Folder);
    }

    public string this[string relative] => _directory[relative];

    /// <summary>The layer's intermediate folder.</summary>
    public string Folder => _directory["obj/tested"];

    public string Lock => _directory["layer/package-lock.json"];

    public NpmOptions Options { get; set; } = new();

    public LayerDeclaration Layer { get; set; } = new()
    {
        Name = LayerName.TryParse("tested", out LayerName name) ? name : default,
        ProjectDirectory = Path.GetTempPath(),
        Runtimes = [LambdaRuntime.Find("nodejs22.x")!],
    };

    public DiagnosticLog Log { get; private set; } = new();

    public IEnumerable<string> Errors => Log.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => $"{d.Code}: {d.Message}");

    public IEnumerable<string> Warnings => Log.Diagnostics.Where(d => d.Severity == Severity.Warning).Select(d => $"{d.Code}: {d.Message}");

    public string Write(string relative, string text) => _directory.Write(relative, text);

    public void Write(string relative, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[relative])!);
        File.WriteAllBytes(this[relative], bytes);
    }

    /// <summary>A folder with a package of npm: its package.json and a module that exports its name.</summary>
    /// <param name="more">Further properties, like <c>"cpu": ["x64"]</c>.</param>
    public NodeProject Package(string folder, string name, string more = "")
    {
        Write($"{folder}/package.json", $$"""{"name": "{{name}}", "version": "1.0.0", "license": "MIT"{{(more.Length > 0 ? ", " + more : "")}}}""");
        Write($"{folder}/index.js", $"module.exports = '{name}';\n");
        return this;
    }

    /// <summary>The layer's package.json.</summary>
    public NodeProject Manifest(string json)
    {
        Layer = Layer with { PackageJson = Write("layer/package.json", json), ProjectDirectory = this["layer"] };
        return this;
    }

    /// <summary>One variable of npm's environment; null takes it out.</summary>
    public void Set(string name, string? value)
    {
        if (value is null)
        {
            _environment.Remove(name);
        }
        else
        {
            _environment[name] = value;
        }
    }

    /// <summary>A program named npm comes first on PATH: a shell script.</summary>
    [UnsupportedOSPlatform("windows")]
    public void FakeNpm(string script)
    {
        string npm = Write("fake/npm", "#!/bin/sh\n" + script);
        File.SetUnixFileMode(npm, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Set("PATH", $"{_directory["fake"]}:{_environment["PATH"]}");
    }

    public void NoNpm() => Set("PATH", _directory["nothing"]);

    /// <summary>Null when an error was logged or thrown; it is in <see cref="Log"/>.</summary>
    public async Task<NpmContent?> InstallAsync(CancellationToken cancellation = default)
    {
        Log = new DiagnosticLog();
        try
        {
            return await new NpmInstaller(Options, new NpmEnvironment(_environment)).InstallAsync(Layer, Folder, Log, cancellation);
        }
        catch (DiagnosticException e)
        {
            Log.Add(e.Diagnostic);
            return null;
        }
    }

    public Task RelockAsync() => new NpmInstaller(Options, new NpmEnvironment(_environment)).RelockAsync(Layer, Folder, Log, default);

    /// <summary>Makes <c>name-1.0.0.tgz</c> of a folder, beside it.</summary>
    public void Pack(string folder)
    {
        (int exitCode, string output) = Programs.Run(
            Programs.Find("npm")!, this[folder], [], "pack", "--pack-destination=..", "--loglevel=error", $"--cache={_directory["cache"]}", $"--userconfig={_directory["home/.npmrc"]}");
        Assert.True(exitCode == 0, output);
    }

    /// <summary>Runs the machine's npm beside the layer's package.json, as its developer would.</summary>
    public void RunNpm(params string[] arguments)
    {
        (int exitCode, string output) = Programs.Run(
            Programs.Find("npm")!,
            this["layer"],
            [],
            [.. arguments, "--offline", "--no-audit", "--no-fund", $"--cache={_directory["cache"]}", $"--userconfig={_directory["home/.npmrc"]}"]);
        Assert.True(exitCode == 0, output);
    }

    /// <summary>Paths below nodejs/node_modules/ with kinds and hashes: all that the zip takes from them.</summary>
    public static IEnumerable<string> Describe(NpmInstallation installation) => installation.Files.Select(f =>
        $"{f.Path} {f.Kind} {f.Size} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f.SourcePath)))}");

    public void Dispose() => _directory.Dispose();
}
