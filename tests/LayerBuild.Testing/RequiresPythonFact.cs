using System.Diagnostics;
using System.Globalization;

namespace LayerBuild.Testing;

/// <summary>A Python on this machine that can run pip for LayerBuild.</summary>
/// <param name="Path">Full path of the interpreter.</param>
internal sealed record TestPython(string Path, Version Version, Version Pip)
{
    private static readonly Lazy<IReadOnlyList<TestPython>> Found = new(FindAll);

    /// <summary>Those with Python 3.9 or newer and pip 23 or newer, oldest first: of pyenv, then of PATH.</summary>
    public static IReadOnlyList<TestPython> All => Found.Value;

    public static TestPython Oldest => All[0];

    public static TestPython Newest => All[^1];

    private static List<TestPython> FindAll()
    {
        string home = Environment.GetEnvironmentVariable("PYENV_ROOT")
            ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv");
        string versions = System.IO.Path.Combine(home, "versions");
        List<string> candidates = [];
        if (Directory.Exists(versions))
        {
            candidates.AddRange(Directory.EnumerateDirectories(versions).Select(v => System.IO.Path.Combine(v, "bin", "python")).Where(File.Exists));
        }

        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] names = OperatingSystem.IsWindows() ? ["python.exe"] : ["python3", .. Enumerable.Range(9, 8).Select(n => $"python3.{n}")];
        candidates.AddRange(from name in names from folder in path let file = System.IO.Path.Combine(folder, name) where File.Exists(file) select file);

        return [.. candidates.AsParallel().Select(Probe).OfType<TestPython>().DistinctBy(p => p.Path).OrderBy(p => p.Version).DistinctBy(p => p.Version)];
    }

    private static TestPython? Probe(string program)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("import sys, pip; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3]); print(pip.__version__)");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        try
        {
            using Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            if (process.ExitCode != 0 || lines.Length != 3)
            {
                return null;
            }

            var python = new TestPython(lines[0], Version.Parse(lines[1]), new Version(Number(lines[2], 0), Number(lines[2], 1)));
            return python.Version >= new Version(3, 9) && python.Pip >= new Version(23, 0) ? python : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static int Number(string version, int part) =>
        int.Parse(new string([.. version.Split('.')[part].TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);
}

/// <summary>A test that runs pip; skipped where no Python fits.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresPythonFactAttribute : FactAttribute
{
    /// <param name="count">How many different versions it compares.</param>
    public RequiresPythonFactAttribute(int count = 1)
    {
        if (TestPython.All.Count < count)
        {
            Skip = $"Needs {count} installed Python(s) 3.9+ with pip 23+, found {TestPython.All.Count}.";
        }
    }
}

/// <summary>A theory whose cases run pip; skipped where no Python fits.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresPythonTheoryAttribute : TheoryAttribute
{
    public RequiresPythonTheoryAttribute()
    {
        if (TestPython.All.Count == 0)
        {
            Skip = "Needs an installed Python 3.9+ with pip 23+.";
        }
    }
}
