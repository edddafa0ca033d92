using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Builds that are stopped, and builds that meet.</summary>
public sealed partial class InterruptionTests
{
    private const int Interrupt = 2; // SIGINT

    [RequiresPythonFact]
    public async Task Ctrl_C_ends_pip_and_its_children_within_a_second()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // Children are looked up in /proc.
        }

        // An index that takes the question and never answers.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using CliProject project = CliProject.LayersOnly(items: """<LambdaLayer Include="two" CompatibleRuntimes="python3.13" Packages="requests" />""");
        project.Environment["PIP_NO_INDEX"] = null;
        project.Environment["PIP_INDEX_URL"] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/simple";
        project.Succeed("restore");

        using Process build = project.Start("build", "--no-restore");
        using TcpClient question = await listener.AcceptTcpClientAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        int[] children = Descendants(build.Id);
        Assert.Contains(children, id => CommandLine(id).Contains("pip", StringComparison.Ordinal));

        var time = Stopwatch.StartNew();
        Assert.Equal(0, Kill(build.Id, Interrupt));
        while (children.Any(id => CommandLine(id).Contains("pip", StringComparison.Ordinal)) && time.Elapsed < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(20);
        }

        // The promise is a second; a machine that is busy with other tests gets three.
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(3), $"After {time.Elapsed} there were still: {string.Join(" | ", children.Select(CommandLine))}");
        CommandResult result = DotnetCommand.Finish(build);
        Assert.NotEqual(0, result.ExitCode);
        Assert.False(File.Exists(project["bin/Debug/layers/two.zip"]));
        Assert.Empty(project.Files("", "*.tmp"));

        listener.Stop();
        question.Close();
        project.Environment["PIP_NO_INDEX"] = "1";
        Assert.Contains("LB2002", project.Fail("build", "--no-restore"), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_builds_of_a_project_at_the_same_time_do_not_harm_each_other()
    {
        using CliProject project = CliProject.LayersOnly(items: """<LambdaLayer Include="two;three;four" CompatibleRuntimes="python3.13" SourceDirectory="layers/one" />""");
        for (int i = 0; i < 200; i++)
        {
            project.Write($"layers/one/python/m{i}.py", string.Concat(Enumerable.Repeat($"x{i} = {i}\n", 500)));
        }

        project.Succeed("restore");
        Process[] builds = [.. Enumerable.Range(0, 3).Select(_ => project.Start("build", "--no-restore"))];
        foreach (CommandResult result in builds.AsParallel().Select(DotnetCommand.Finish))
        {
            result.Succeeded();
        }

        string[] hashes = [.. new[] { "one", "two", "three", "four" }.Select(n => project.Zip($"bin/Debug/layers/{n}.zip").Sha256).Distinct()];
        Assert.Single(hashes);
        Assert.Equal(201, project.Zip("bin/Debug/layers/one.zip").Names.Length);
        Assert.Empty(project.Files("", "*.tmp"));
        Assert.Empty(project.Succeed("build", "--no-restore").Log.LayerTasks);
    }

    private static int[] Descendants(int parent)
    {
        var parents = new Dictionary<int, int>();
        foreach (string folder in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            try
            {
                string stat = File.ReadAllText(Path.Combine(folder, "stat"));
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                parents[int.Parse(Path.GetFileName(folder))] = int.Parse(fields[1]);
            }
            catch (IOException)
            {
                // It ended.
            }
        }

        return [.. parents.Keys.Where(IsBelow)];

        bool IsBelow(int id)
        {
            for (int up = parents.GetValueOrDefault(id); up > 1; up = parents.GetValueOrDefault(up))
            {
                if (up == parent)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int id, int signal);
}
