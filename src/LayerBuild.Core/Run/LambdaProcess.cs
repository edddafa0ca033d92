using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Run;

/// <summary>What a run in Python left.</summary>
/// <param name="Results">What the runner reported, one after the other.</param>
/// <param name="Log">What the tested code wrote, standard output and error together.</param>
/// <param name="Ended">Null, or why it did not come to its end.</param>
internal sealed record LambdaRun(IReadOnlyList<JsonObject> Results, string Log, string? Ended);

/// <summary>
/// Python as Lambda runs it: a clean process and environment, its search path, no network, a time limit, and the merged
/// layers at /opt, really where Linux lets us (a mount namespace of the process's own), else for Python's file functions only.
/// </summary>
/// <param name="opt">Full path of the merged layers.</param>
/// <param name="workDirectory">Full path of a folder for files of the run.</param>
internal sealed class LambdaProcess(string opt, string workDirectory, TestOptions options)
{
    private static readonly SemaphoreSlim MountGate = new(1, 1);
    private static bool? _mounts;

    /// <param name="job">For lambda_test.py; this adds where /opt is.</param>
    public async Task<LambdaRun> RunAsync(InstalledPython python, LambdaRuntime runtime, JsonObject job, CancellationToken cancellation)
    {
        string? codeDirectory = (string?)job["code"];
        bool mounted = options.Mount && !BelowOpt(python.Path) && !BelowOpt(codeDirectory) && !BelowOpt(workDirectory) && await CanMountAsync(cancellation).ConfigureAwait(false);
        job["mounted"] = mounted;
        job["opt"] = opt;
        job["seconds"] = options.Limit.TotalSeconds;
        string name = Guid.NewGuid().ToString("N");
        string script = Path.Combine(workDirectory, "lambda_test.py");
        string jobPath = Path.Combine(workDirectory, $"{name}.job");
        string resultPath = Path.Combine(workDirectory, $"{name}.result");
        WriteScript(script);
        await File.WriteAllTextAsync(jobPath, job.ToJsonString(), cancellation).ConfigureAwait(false);

        string[] arguments = [python.Path, "-I", "-S", "-B", "-X", "utf8", script, jobPath, resultPath];
        string[] command = mounted ? [.. Mount, opt, .. arguments] : arguments;
        string? ended = null;
        string log = "";
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(options.Limit);
        try
        {
            ChildProcessResult result = await new ChildProcess(command[0], command[1..])
            {
                WorkingDirectory = codeDirectory ?? workDirectory,
                Environment = EnvironmentOf(runtime, mounted, codeDirectory),
            }.RunAsync(limited.Token).ConfigureAwait(false);
            log = result.Output + result.Error;
            ended = result.ExitCode == 0 ? null : result.ExitCode > 128 ? $"it was ended by signal {result.ExitCode - 128}" : $"it ended with exit code {result.ExitCode}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            ended = $"it took longer than {options.Limit.TotalSeconds:0} seconds";
        }
        catch (Win32Exception e)
        {
            ended = $"{python.Path} cannot be started: {e.Message}";
        }

        return new LambdaRun(ReadResults(resultPath), log, ended);
    }

    private static bool BelowOpt(string? path) => path is not null && path.StartsWith("/opt/", StringComparison.Ordinal);

    /// <summary>
    /// A user, mount and network namespace of its own, in which the folder that follows is /opt, read-only; then the command.
    /// </summary>
    private static string[] Mount =>
    [
        "unshare", "--user", "--map-root-user", "--mount", "--net", "--", "/bin/sh", "-c",
        "opt=$1; shift; mount --bind \"$opt\" /opt && { mount -o remount,bind,ro /opt || true; } && exec \"$@\"", "sh",
    ];

    private async Task<bool> CanMountAsync(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/opt"))
        {
            return false;
        }

        await MountGate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_mounts is null)
            {
                string[] command = [.. Mount, opt, "/bin/true"];
                ChildProcessResult result = await new ChildProcess(command[0], command[1..])
                {
                    WorkingDirectory = workDirectory,
                    Environment = options.Environment,
                }.RunAsync(cancellation).ConfigureAwait(false);
                _mounts = result.ExitCode == 0;
            }
        }
        catch (Win32Exception)
        {
            _mounts = false;
        }
        finally
        {
            MountGate.Release();
        }

        return _mounts.Value;
    }

    private Dictionary<string, string> EnvironmentOf(LambdaRuntime runtime, bool mounted, string? codeDirectory)
    {
        string root = mounted ? "/opt" : opt;
        var variables = new Dictionary<string, string>
        {
            ["PATH"] = $"{options.Environment.GetValueOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin")}:{root}/bin",
            ["LD_LIBRARY_PATH"] = options.Environment.TryGetValue("LD_LIBRARY_PATH", out string? libraries) ? $"{libraries}:{root}/lib" : $"{root}/lib",
            ["LANG"] = "en_US.UTF-8",
            ["TZ"] = ":UTC",
            ["AWS_REGION"] = "us-east-1",
            ["AWS_DEFAULT_REGION"] = "us-east-1",
            ["AWS_EXECUTION_ENV"] = $"AWS_Lambda_{runtime.Id}",
            ["LAMBDA_RUNTIME_DIR"] = "/var/runtime",
            ["LAMBDA_TASK_ROOT"] = codeDirectory ?? workDirectory,
            ["TMPDIR"] = workDirectory,
        };
        if (options.Environment.TryGetValue("SystemRoot", out string? systemRoot))
        {
            variables["SystemRoot"] = systemRoot;
        }

        return variables;
    }

    private static void WriteScript(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Run/lambda_test.py")!;
        using FileStream file = File.Create(path);
        stream.CopyTo(file);
    }

    private static List<JsonObject> ReadResults(string path)
    {
        var results = new List<JsonObject>();
        foreach (string line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            try
            {
                if (JsonNode.Parse(line) is JsonObject value)
                {
                    results.Add(value);
                }
            }
            catch (JsonException)
            {
                // The last line of a process that was ended while it wrote.
            }
        }

        return results;
    }
}
