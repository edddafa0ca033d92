using System.ComponentModel;
using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>Runs npm for another platform, with nothing but the lock file and the project's settings to shape the result.</summary>
internal sealed record NpmCommand(NpmProgram Npm, NpmEnvironment Environment)
{
    /// <summary>Full path of the folder of package.json.</summary>
    public required string Folder { get; init; }

    public required Architecture Architecture { get; init; }

    /// <summary>npm's names for the settings that the project's own .npmrc makes.</summary>
    public required IReadOnlySet<string> ProjectSettings { get; init; }

    /// <summary>Whether folders are linked into node_modules: workspaces, or local packages.</summary>
    public bool HasLinks { get; init; }

    /// <summary>Local folders become copies of what npm would pack of them, rather than links.</summary>
    public bool CopiesLocalFolders { get; init; } = true;

    /// <summary>Whether npm's check of required packages against the platform that it runs on is passed over.</summary>
    public bool IgnoresHost { get; init; }

    /// <summary><c>npm ci</c>: what the lock file says, or a failure.</summary>
    /// <returns>Null when it succeeded.</returns>
    public Task<NpmFailure?> InstallAsync(CancellationToken cancellation) => RunAsync(["ci", "--omit=dev"], cancellation);

    /// <summary>Writes a lock file, or brings the one that is there up to date; installs nothing.</summary>
    /// <returns>Null when it succeeded.</returns>
    public Task<NpmFailure?> LockAsync(CancellationToken cancellation) => RunAsync(["install", "--package-lock-only", "--save"], cancellation);

    /// <summary>What <c>npm pack</c> would put into the tarball of a folder.</summary>
    /// <param name="folder">Full path.</param>
    /// <returns>Relative paths with forward slashes; null when npm does not pack it, for want of a version for example.</returns>
    public async Task<IReadOnlySet<string>?> ListPackedAsync(string folder, CancellationToken cancellation)
    {
        ChildProcessResult result = await StartAsync(
            ["pack", "--dry-run", "--ignore-scripts", "--prefix=.", "--location=project", "--global=false", "--workspaces=false", "--loglevel=error", "--json"],
            folder,
            cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(result.Output);
            // A list of packages; from npm 12 on an object that holds them by their names.
            JsonElement root = document.RootElement;
            JsonElement package = root.ValueKind == JsonValueKind.Array ? root[0] : root.EnumerateObject().First().Value;
            return package.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString()!).ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private async Task<NpmFailure?> RunAsync(IEnumerable<string> verb, CancellationToken cancellation)
    {
        ChildProcessResult result = await StartAsync([.. verb, .. Arguments()], Folder, cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 ? null : NpmFailure.Read(result, Folder) with { NpmVersion = Npm.Version };
    }

    private async Task<ChildProcessResult> StartAsync(IReadOnlyList<string> arguments, string folder, CancellationToken cancellation)
    {
        try
        {
            return await new ChildProcess(Npm.Path, arguments)
            {
                WorkingDirectory = folder,
                Environment = Environment.Variables,
            }.RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw new DiagnosticException(Diagnostic.Error("LB2032", $"{Npm.Path} cannot be started: {e.Message}."));
        }
    }

    private IEnumerable<string> Arguments()
    {
        // A folder of its own, whatever workspace encloses it.
        yield return "--prefix=.";
        yield return "--location=project";
        yield return "--global=false";
        yield return $"--cpu={Architecture.NodeCpu}";
        yield return "--os=linux";
        yield return "--libc=glibc";
        yield return "--ignore-scripts";
        yield return "--bin-links=false";
        yield return $"--install-links={(CopiesLocalFolders ? "true" : "false")}";
        // The Node.js that runs npm is not the one that runs the layer.
        yield return "--engine-strict=false";
        yield return "--package-lock=true";
        yield return "--dry-run=false";
        yield return "--audit=false";
        yield return "--fund=false";
        yield return "--update-notifier=false";
        yield return "--progress=false";
        yield return "--color=false";
        yield return "--logs-max=0";
        yield return "--loglevel=error";
        yield return "--json";

        // The settings of one user must not shape the tree of all; those beside package.json are everybody's.
        foreach ((string name, string value) in new[] { ("legacy-peer-deps", "false"), ("strict-peer-deps", "false"), ("prefer-dedupe", "false") })
        {
            if (!ProjectSettings.Contains(name))
            {
                yield return $"--{name}={value}";
            }
        }

        if (!ProjectSettings.Contains("install-strategy") && !ProjectSettings.Contains("legacy-bundling") && !ProjectSettings.Contains("global-style"))
        {
            yield return "--install-strategy=hoisted";
        }

        if (!ProjectSettings.Contains("omit") && !ProjectSettings.Contains("optional"))
        {
            yield return "--include=optional";
            yield return "--include=peer";
        }

        // npm 10.3 fails with it when there are links.
        if (!HasLinks)
        {
            yield return "--workspaces=false";
        }

        if (IgnoresHost)
        {
            yield return "--force";
        }
        else if (!ProjectSettings.Contains("force"))
        {
            yield return "--force=false";
        }
    }
}
