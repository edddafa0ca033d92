using System.Diagnostics;
using System.Text;

namespace LayerBuild.Harness;

/// <summary>What a command printed, both streams as they came, and how it ended.</summary>
internal sealed record CommandResult(string Command, int ExitCode, string Output)
{
    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Command} ended with {ExitCode}:\n{Output}");
        return this;
    }

    public CommandResult Failed()
    {
        Assert.True(ExitCode != 0, $"{Command} was meant to fail:\n{Output}");
        return this;
    }
}

/// <summary>Runs programs as a user would from a shell, without what the tests' own process added to the environment.</summary>
internal static class DotnetCommand
{
    public static CommandResult Run(string folder, params string[] arguments) => Run(folder, null, arguments);

    public static CommandResult Run(string folder, IReadOnlyDictionary<string, string?>? environment, params string[] arguments) =>
        Finish(Start(folder, environment, "dotnet", arguments));

    public static CommandResult RunProgram(string folder, string program, params string[] arguments) =>
        Finish(Start(folder, null, program, arguments));

    /// <summary>Starts a program; its output is read by <see cref="Finish"/>.</summary>
    public static Process Start(string folder, IReadOnlyDictionary<string, string?>? environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(IsOfMSBuild).ToArray())
        {
            start.Environment.Remove(name);
        }

        // Nodes that outlive the command would hold its pipes open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    public static CommandResult Finish(Process process)
    {
        var output = new StringBuilder();
        void Take(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }

        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        lock (output)
        {
            string command = $"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)}";
            return new CommandResult(command, process.ExitCode, output.ToString());
        }
    }

    private static bool IsOfMSBuild(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name is "DOTNET_HOST_PATH" or "DOTNET_CLI_CONTEXT_VERBOSE";
}
