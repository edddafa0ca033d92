using System.ComponentModel;
using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>Finds the Python that runs pip: the one the user names, else python3, python, py -3.</summary>
/// <param name="baseDirectory">Full path of the folder that a relative <c>LambdaLayerPython</c> starts from.</param>
internal sealed class PythonLocator(string? requested, string baseDirectory, PipEnvironment environment)
{
    private const string Probe = """
        import sys
        sys.path = [p for p in sys.path if p]
        try:
            import pip
            version = pip.__version__
        except Exception:
            version = ""
        sys.stdout.write("\n".join(["", "layerbuild", sys.executable or "", "%d.%d.%d" % sys.version_info[:3], version, ""]))
        """;

    private static readonly Version OldestPython = new(3, 9);

    private static readonly Version OldestPip = new(23, 0);

    /// <exception cref="DiagnosticException">LB2001: none is usable. Lists what was looked for, and why each was refused.</exception>
    public async Task<PythonInterpreter> FindAsync(CancellationToken cancellation)
    {
        var refused = new List<string>();
        foreach (IReadOnlyList<string> command in Candidates())
        {
            string words = string.Join(' ', command);
            string? program = Locate(command[0]);
            if (program is null)
            {
                refused.Add($"{words}: not found");
                continue;
            }

            if (IsStoreStub(program))
            {
                refused.Add($"{words}: only the Microsoft Store's placeholder ({program})");
                continue;
            }

            (PythonInterpreter? python, string? reason) = await ProbeAsync(program, command.Skip(1), cancellation).ConfigureAwait(false);
            if (python is not null)
            {
                return python;
            }

            refused.Add(words == program ? $"{words}: {reason}" : $"{words}: {reason} ({program})");
        }

        string advice = requested is null
            ? "Install Python 3.9 or newer with pip 23 or newer, or set LambdaLayerPython to its interpreter."
            : "Correct LambdaLayerPython, or leave it out to use the python3 on PATH.";
        throw new DiagnosticException(Diagnostic.Error(
            "LB2001",
            $"no usable Python was found to run pip; Python 3.9 or newer with pip 23 or newer is needed. Looked for: {string.Join("; ", refused)}. {advice}"));
    }

    private IEnumerable<IReadOnlyList<string>> Candidates()
    {
        if (requested is not null)
        {
            // A path may hold spaces; "py -3.12" is a command with an argument.
            yield return Locate(requested) is null && CommandLine.Split(requested) is { Count: > 1 } words && Locate(words[0]) is not null ? words : [requested];
            yield break;
        }

        yield return ["python3"];
        yield return ["python"];
        yield return ["py", "-3"];
    }

    private string? Locate(string program)
    {
        string[] extensions = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? [".exe", ".bat", ".cmd"] : [""];
        if (program.Contains('/') || program.Contains(Path.DirectorySeparatorChar))
        {
            string path = Path.GetFullPath(program, baseDirectory);
            return extensions.Append("").Select(e => path + e).FirstOrDefault(File.Exists);
        }

        string search = environment.Find("PATH") ?? "";
        return (from folder in search.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                where Path.IsPathFullyQualified(folder)
                from extension in extensions
                let path = Path.Combine(folder, program + extension)
                where File.Exists(path)
                select path).FirstOrDefault();
    }

    private static bool IsStoreStub(string program) =>
        OperatingSystem.IsWindows()
        && program.Contains(@"\Microsoft\WindowsApps\", StringComparison.OrdinalIgnoreCase)
        && new FileInfo(program).Length == 0;

    private async Task<(PythonInterpreter? Python, string? Reason)> ProbeAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        ChildProcessResult result;
        try
        {
            result = await new ChildProcess(program, [.. arguments, "-c", Probe])
            {
                WorkingDirectory = baseDirectory,
                Environment = environment.Variables,
            }.RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            return (null, $"cannot be started: {e.Message}");
        }

        string[] lines = result.Output.ReplaceLineEndings("\n").Split('\n');
        int start = Array.IndexOf(lines, "layerbuild");
        if (result.ExitCode != 0 || start < 0 || lines.Length < start + 4)
        {
            string words = result.Error.Trim().ReplaceLineEndings("\n").Split('\n')[^1];
            return (null, string.Create(CultureInfo.InvariantCulture, $"ended with exit code {result.ExitCode}{(words.Length > 0 ? ": " + words : "")}"));
        }

        string executable = lines[start + 1].Length > 0 ? lines[start + 1] : program;
        string version = lines[start + 2];
        string pip = lines[start + 3].Trim();
        if (Release(version) < OldestPython)
        {
            return (null, $"is Python {version}");
        }

        if (pip.Length == 0)
        {
            return (null, $"Python {version} has no pip");
        }

        if (Release(pip) < OldestPip)
        {
            return (null, $"Python {version} has pip {pip}");
        }

        return (new PythonInterpreter(executable, version, pip), null);
    }

    /// <summary>Major and minor number; of <c>26.3.dev0</c> and <c>24.1b1</c> too.</summary>
    private static Version Release(string version)
    {
        int[] numbers = [.. version.Split('.').Take(2).Select(part =>
            int.TryParse(new string([.. part.TakeWhile(char.IsAsciiDigit)]), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)];
        return new Version(numbers[0], numbers.Length > 1 ? numbers[1] : 0);
    }
}
