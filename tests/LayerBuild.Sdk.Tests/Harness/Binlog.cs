using Microsoft.Build.Logging.StructuredLogger;
using Task = Microsoft.Build.Logging.StructuredLogger.Task;

namespace LayerBuild.Harness;

/// <summary>What a binary log tells of the package's part in a build.</summary>
internal sealed class Binlog
{
    private readonly Microsoft.Build.Logging.StructuredLogger.Build _build;

    public Binlog(string path)
    {
        _build = BinaryLog.ReadBuild(path);
    }

    /// <summary>Names of the package's tasks that ran and do any work, in order.</summary>
    public string[] LayerTasks
    {
        get
        {
            var tasks = new List<Task>();
            _build.VisitAllChildren<Task>(tasks.Add);
            return [.. tasks.Where(t => t.FromAssembly?.Contains("LayerBuild.Tasks", StringComparison.Ordinal) == true).Select(t => t.Name).Where(BuildOutcome.Works)];
        }
    }

    /// <summary>Names of the layers that the package's task was told to build, sorted.</summary>
    public string[] Outdated
    {
        get
        {
            var names = new List<string>();
            _build.VisitAllChildren<Parameter>(p =>
            {
                if (p.Name == "Outdated")
                {
                    names.AddRange(p.Children.OfType<Item>().Select(i => i.Text));
                }
            });
            return [.. names.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>How often a target ran, over all projects.</summary>
    public int Runs(string target)
    {
        int count = 0;
        _build.VisitAllChildren<Target>(t => count += t.Name == target && !t.Skipped ? 1 : 0);
        return count;
    }
}
