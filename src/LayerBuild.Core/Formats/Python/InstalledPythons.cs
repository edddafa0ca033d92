using System.ComponentModel;
using LayerBuild.Files;
using LayerBuild.Lambda;

namespace LayerBuild.Formats.Python;

/// <summary>A Python of this machine.</summary>
/// <param name="Path">Full path of the interpreter itself, behind shims.</param>
internal sealed record InstalledPython(string Path, Version Version);

/// <summary>Finds the Pythons that can stand in for Lambda's: on PATH, of pyenv, and the one that the user names.</summary>
/// <param name="named"><c>LambdaLayerPython</c>: full path or name; null when it is not set.</param>
internal sealed class InstalledPythons(string? named, IReadOnlyDictionary<string, string> environment)
{
    // A debug or free-threaded build does not load what Lambda's Python loads.
    private const string Probe =
        "import sys, sysconfig; sys.stdout.write('|'.join([sys.executable, '%d.%d' % sys.version_info[:2], sys.implementation.name, "
        + "str(sysconfig.get_config_var('Py_GIL_DISABLED') or 0)]))";

    private readonly Dictionary<Version, InstalledPython?> _found = [];

    /// <returns>Null when there is none of that version.</returns>
    public async Task<InstalledPython?> FindAsync(LambdaRuntime runtime, CancellationToken cancellation)
    {
        if (_found.TryGetValue(runtime.PythonVersion, out InstalledPython? known))
        {
            return known;
        }

        InstalledPython? found = null;
        foreach (string candidate in Candidates(runtime.PythonVersion))
        {
            found = await ProbeAsync(candidate, runtime.PythonVersion, cancellation).ConfigureAwait(false);
            if (found is not null)
            {
                break;
            }
        }

        _found[runtime.PythonVersion] = found;
        return found;
    }

    private IEnumerable<string> Candidates(Version version)
    {
        if (named is not null)
        {
            yield return named;
        }

        string suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        foreach (string folder in environment.GetValueOrDefault("PATH", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string name in new[] { $"python{version}", "python3", "python" })
            {
                string path = Path.Combine(folder, name + suffix);
                if (Path.IsPathFullyQualified(path) && File.Exists(path))
                {
                    yield return path;
                }
            }
        }

        string home = environment.GetValueOrDefault("HOME") ?? environment.GetValueOrDefault("USERPROFILE") ?? "";
        string versions = Path.Combine(environment.GetValueOrDefault("PYENV_ROOT") ?? Path.Combine(home, ".pyenv"), "versions");
        if (Path.IsPathFullyQualified(versions) && Directory.Exists(versions))
        {
            foreach (string folder in Directory.EnumerateDirectories(versions, $"{version}.*").OrderDescending(StringComparer.Ordinal))
            {
                string path = OperatingSystem.IsWindows() ? Path.Combine(folder, "python.exe") : Path.Combine(folder, "bin", "python");
                if (File.Exists(path))
                {
                    yield return path;
                }
            }
        }
    }

    private async Task<InstalledPython?> ProbeAsync(string program, Version version, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(TimeSpan.FromSeconds(20));
        try
        {
            ChildProcessResult result = await new ChildProcess(program, ["-I", "-S", "-c", Probe])
            {
                WorkingDirectory = Path.GetTempPath(),
                Environment = environment,
            }.RunAsync(limited.Token).ConfigureAwait(false);
            return result.ExitCode == 0 && result.Output.Split('|') is [var path, var own, "cpython", "0"] && own == version.ToString()
                ? new InstalledPython(path.Length > 0 ? path : program, version)
                : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
