using System.Diagnostics;

namespace LayerBuild.Testing;

/// <summary>Programs of the machine that runs the tests.</summary>
internal static class Programs
{
    /// <summary>Full path of the first of <paramref name="names"/> that is on PATH; null when none is.</summary>
    public static string? Find(params string[] names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return (from name in names
                from folder in folders
                from suffix in OperatingSystem.IsWindows() ? new[] { ".exe", ".cmd" } : [""]
                let path = Path.Combine(folder, name + suffix)
                where File.Exists(path)
                select path).FirstOrDefault();
    }

    /// <summary>Runs a program to its end and returns its exit code and what it wrote.</summary>
    public static (int ExitCode, string Output) Run(string program, string directory, byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors.Result);
    }
}
