using Microsoft.Build.Evaluation;
using Microsoft.Build.Execution;
using Microsoft.Build.Framework;

namespace LayerBuild.Harness;

/// <summary>An error or a warning of a build.</summary>
internal sealed record BuildFinding(string Code, string Message, string File, int Line);

/// <summary>What a build did and said.</summary>
internal sealed class BuildOutcome
{
    public bool Success { get; set; }

    public List<BuildFinding> Errors { get; } = [];

    public List<BuildFinding> Warnings { get; } = [];

    /// <summary>What a build of normal verbosity shows besides.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>Everything, in the order in which it came.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Names of the tasks of the package that ran and do any work.</summary>
    public List<string> LayerTasks { get; } = [];

    /// <summary>Whether a task does more than look whether there is anything to do.</summary>
    public static bool Works(string task) => task is not ("FindOutdatedLambdaLayers" or "FindStaleLambdaLayers" or "CheckLambdaLayerFiles");

    /// <summary>Names of the targets that ran.</summary>
    public HashSet<string> Targets { get; } = [];

    /// <summary>Items that the first target returned: path and metadata.</summary>
    public ITaskItem[] Returned { get; set; } = [];

    /// <summary>Names of the layers that were built, by the build's own line for each, sorted.</summary>
    public string[] Built => [.. Messages.Where(m => m.Contains(".zip", StringComparison.Ordinal)).Select(m => m[..m.IndexOf(':', StringComparison.Ordinal)]).Order(StringComparer.Ordinal)];

    public BuildOutcome Succeeded()
    {
        Assert.True(Success, "The build failed:\n" + Text());
        return this;
    }

    /// <summary>The build failed with errors of this code and no other.</summary>
    public BuildFinding FailedWith(string code)
    {
        Assert.False(Success, "The build was meant to fail:\n" + Text());
        Assert.True(Errors.Count > 0 && Errors.TrueForAll(e => e.Code == code), $"Expected {code} alone:\n" + Text());
        return Errors[0];
    }

    /// <summary>The build succeeded with warnings of this code and no other.</summary>
    public BuildFinding WarnedOf(string code)
    {
        Succeeded();
        Assert.True(Warnings.Count > 0 && Warnings.TrueForAll(e => e.Code == code), $"Expected {code} alone:\n" + Text());
        return Warnings[0];
    }

    private string Text() => string.Join('\n', Errors.Select(e => $"{e.File}: error {e.Code}: {e.Message}")
        .Concat(Warnings.Select(e => $"{e.File}: warning {e.Code}: {e.Message}"))
        .Concat(Messages)
        .Concat(Log.TakeLast(15)));
}

/// <summary>Builds with the SDK's MSBuild in the tests' own process: a fifth of the time of a command.</summary>
internal static class InProcessBuild
{
    /// <summary>A build changes the current directory of its process.</summary>
    private static readonly Lock Gate = new();

    public static BuildOutcome Run(string project, Dictionary<string, string> properties, params string[] targets)
    {
        lock (Gate)
        {
            var outcome = new BuildOutcome();
            using var collection = new ProjectCollection(properties);
            var parameters = new BuildParameters(collection)
            {
                Loggers = [new Recorder(outcome)],
                EnableNodeReuse = false,
                MaxNodeCount = 1,
                ShutdownInProcNodeOnBuildFinish = true,
                UseSynchronousLogging = true,
                WarningsAsErrors = properties.ContainsKey("-warnaserror") ? new HashSet<string>() : null,
            };
            properties.Remove("-warnaserror");
            targets = targets.Length == 0 ? ["Build"] : targets;
            var request = new BuildRequestData(project, properties!, null, targets, null);
            BuildResult result = BuildManager.DefaultBuildManager.Build(parameters, request);
            outcome.Success = result.OverallResult == BuildResultCode.Success;
            outcome.Returned = result.ResultsByTarget.TryGetValue(targets[^1], out TargetResult? target) ? target.Items : [];
            BuildManager.DefaultBuildManager.ResetCaches();
            return outcome;
        }
    }

    private sealed class Recorder(BuildOutcome outcome) : ILogger
    {
        public LoggerVerbosity Verbosity { get; set; } = LoggerVerbosity.Detailed;

        public string? Parameters { get; set; }

        public void Initialize(IEventSource source)
        {
            source.ErrorRaised += (_, e) => outcome.Errors.Add(new BuildFinding(e.Code, e.Message ?? "", e.File, e.LineNumber));
            source.WarningRaised += (_, e) => outcome.Warnings.Add(new BuildFinding(e.Code, e.Message ?? "", e.File, e.LineNumber));
            source.MessageRaised += (_, e) =>
            {
                outcome.Log.Add(e.Message ?? "");
                if (e.Importance == MessageImportance.High && e is not TaskCommandLineEventArgs)
                {
                    outcome.Messages.Add(e.Message ?? "");
                }
            };
            source.TargetStarted += (_, e) => outcome.Targets.Add(e.TargetName);
            source.TaskStarted += (_, e) =>
            {
                if (e is TaskStartedEventArgs2 { TaskAssemblyLocation: { } assembly } && assembly.Contains("LayerBuild", StringComparison.Ordinal) && BuildOutcome.Works(e.TaskName))
                {
                    outcome.LayerTasks.Add(e.TaskName);
                }
            };
        }

        public void Shutdown()
        {
        }
    }
}
