using System.Diagnostics;
using LayerBuild.Diagnostics;
using LayerBuild.Steps.Resolve;

namespace LayerBuild.Files;

public class ChildProcessTests
{
    [RequiresPythonFact]
    public async Task Input_output_and_environment_are_its_own()
    {
        using var folder = new TemporaryDirectory();
        ChildProcessResult result = await Run(folder, "import sys, os; print(sys.stdin.read() + os.environ['GREETING'] + os.getcwd()); print('bad', file=sys.stderr); sys.exit(3)", "né ").RunAsync(default);

        Assert.Equal((3, $"né hello{folder.Path}", "bad"), (result.ExitCode, result.Output.Trim(), result.Error.Trim()));
    }

    [RequiresPythonFact]
    public async Task Cancelling_ends_its_children_too()
    {
        using var folder = new TemporaryDirectory();
        using var cancel = new CancellationTokenSource();
        // The grandchild writes its id when it runs, and holds the pipes.
        const string script = "import subprocess, sys; subprocess.run([sys.executable, '-c', \"import os, time; open('id.tmp', 'w').write(str(os.getpid())); os.rename('id.tmp', 'id'); time.sleep(600)\"])";
        Task<ChildProcessResult> running = Run(folder, script, "").RunAsync(cancel.Token);
        using var started = new FileSystemWatcher(folder.Path);
        await Task.Run(() =>
        {
            while (!File.Exists(folder["id"]))
            {
                started.WaitForChanged(WatcherChangeTypes.All, 50);
            }
        });
        int id = int.Parse(File.ReadAllText(folder["id"]));

        var watch = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.True(IsGone(id), "The grandchild still runs.");
    }

    [Fact]
    public async Task Python_that_is_not_there_is_said_with_what_was_looked_for()
    {
        using var bench = new ResolveBench { Python = null };
        bench.Variables["PATH"] = bench["empty"];

        Diagnostic error = await bench.ErrorAsync(bench.Layer(packages: ["app"]));

        Assert.Equal("LB2001", error.Code);
        Assert.Contains("python3: not found; python: not found; py -3: not found", error.Message, StringComparison.Ordinal);

        bench.Python = bench["no/python"];
        error = await bench.ErrorAsync(bench.Layer(packages: ["app"]));
        Assert.Contains($"{bench["no/python"]}: not found", error.Message, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_python_that_is_too_old_or_broken_is_refused_and_the_next_is_tried()
    {
        using var bench = new ResolveBench { Python = null };
        Script("python3", "printf 'layerbuild\\n/x/python3\\n3.8.18\\n23.0'");
        Script("python", "printf 'layerbuild\\n/x/python\\n3.11.2\\n'");
        Script("py", "echo no such runtime >&2; exit 103");
        bench.Variables["PATH"] = bench["bin"];

        Diagnostic error = await bench.ErrorAsync(bench.Layer(packages: ["app"]));

        Assert.Contains($"python3: is Python 3.8.18 ({bench["bin/python3"]}); python: Python 3.11.2 has no pip ({bench["bin/python"]}); py -3: ended with exit code 103: no such runtime", error.Message, StringComparison.Ordinal);

        void Script(string name, string text)
        {
            string path = bench.Write("bin/" + name, "#!/bin/sh\n" + text + "\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static ChildProcess Run(TemporaryDirectory folder, string script, string input) => new(TestPython.Newest.Path, ["-X", "utf8", "-c", script])
    {
        WorkingDirectory = folder.Path,
        Environment = new Dictionary<string, string> { ["GREETING"] = "hello", ["SYSTEMROOT"] = Environment.GetEnvironmentVariable("SYSTEMROOT") ?? "" },
        Input = input,
    };

    private static bool IsGone(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            // Dead, but not yet buried by the process that inherited it.
            return process.WaitForExit(1000) || File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            return true;
        }
    }
}
