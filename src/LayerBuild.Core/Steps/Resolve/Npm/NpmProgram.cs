using System.ComponentModel;
using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>The npm on PATH.</summary>
/// <param name="Path">Full path of the program.</param>
/// <param name="Version">As it states it: <c>11.19.1</c>.</param>
internal sealed record NpmProgram(string Path, string Version)
{
    /// <summary>The first that takes <c>--libc</c>.</summary>
    private static readonly Version Oldest = new(10, 3);

    private const string Advice = "Install Node.js 20.11 or newer, which brings it, or run: npm install --global npm@latest";

    /// <param name="folder">Full path of an existing folder to start it in.</param>
    /// <exception cref="DiagnosticException">LB2011: there is none, or it is too old.</exception>
    public static async Task<NpmProgram> FindAsync(NpmEnvironment environment, string folder, CancellationToken cancellation)
    {
        string name = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        string? path = environment.Variables.GetValueOrDefault("PATH", "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(System.IO.Path.IsPathFullyQualified)
            .Select(directory => System.IO.Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
        if (path is null)
        {
            throw Unusable("there is no npm on PATH");
        }

        ChildProcessResult result;
        try
        {
            result = await new ChildProcess(path, ["--version"])
            {
                WorkingDirectory = folder,
                Environment = environment.Variables,
            }.RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw Unusable($"{path} cannot be started ({e.Message})");
        }

        string version = result.Output.Trim();
        if (result.ExitCode != 0 || !System.Version.TryParse(version.Split('-')[0], out Version? number))
        {
            string words = OneLine.Of(result.Error);
            throw Unusable(string.Create(
                CultureInfo.InvariantCulture,
                $"{path} does not work: it ended with exit code {result.ExitCode}{(words.Length > 0 ? $" ({words})" : "")}"));
        }

        return number >= Oldest ? new NpmProgram(path, version) : throw Unusable($"{path} is npm {version}");
    }

    private static DiagnosticException Unusable(string found) => new(Diagnostic.Error(
        "LB2032",
        $"npm {Oldest} or newer is needed to install packages for another platform, but {found}. {Advice}"));
}
