using LayerBuild.Diagnostics;
using LayerBuild.Steps.Declare;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>
/// Base of the tasks: runs the step, turns diagnostics into MSBuild's errors and warnings, and cancels.
/// </summary>
public abstract class LayerBuildTask : Microsoft.Build.Utilities.Task, ICancelableTask, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>
    /// Full path of the project that is built: what a diagnostic without a file of its own is reported against, not the
    /// targets file that calls the task.
    /// </summary>
    public string? ProjectFile { get; set; }

    /// <summary><c>NoWarn</c>: codes of checks that the user turned off, their errors as well.</summary>
    public string? NoWarn { get; set; }

    public void Cancel() => _cancellation.Cancel();

    public sealed override bool Execute()
    {
        string[] silenced = (NoWarn ?? "").Split([';', ',', ' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var log = new DiagnosticLog(Write)
        {
            Silences = code => silenced.Contains(code, StringComparer.OrdinalIgnoreCase),
            Promotes = code => BuildEngine is IBuildEngine8 engine && engine.ShouldTreatWarningAsError(code),
        };
        try
        {
            Run(log, _cancellation.Token);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            Log.LogMessage(MessageImportance.Normal, "Cancelled.");
            return false;
        }
        catch (AggregateException e)
        {
            foreach (Exception inner in e.Flatten().InnerExceptions.DistinctBy(i => i.Message))
            {
                Report(log, inner);
            }
        }
        catch (Exception e)
        {
            Report(log, e);
        }

        return !Log.HasLoggedErrors && !_cancellation.IsCancellationRequested;
    }

    public void Dispose()
    {
        _cancellation.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Run(DiagnosticLog log, CancellationToken cancellation);

    /// <summary>An item as the engine reads it: with the metadata that a project gives it.</summary>
    private protected static LayerItem ToItem(ITaskItem item)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in item.CloneCustomMetadata().Keys)
        {
            metadata[name] = item.GetMetadata(name);
        }

        metadata["RecursiveDir"] = item.GetMetadata("RecursiveDir");
        string file = item.GetMetadata("DefiningProjectFullPath");
        return new LayerItem(item.ItemSpec, metadata) { DefiningFile = file.Length == 0 ? null : file };
    }

    /// <summary>The last resort: what a step did not turn into a diagnostic of its own.</summary>
    private void Report(DiagnosticLog log, Exception exception)
    {
        switch (exception)
        {
            case DiagnosticException e:
                log.Add(e.Diagnostic);
                break;
            case IOException or UnauthorizedAccessException:
                log.Error("LB1099", exception.Message);
                break;
            case OperationCanceledException when _cancellation.IsCancellationRequested:
                break;
            default:
                log.Error("LB1098", $"This is a bug in LayerBuild: {exception.GetType().Name}: {exception.Message} Please report it with a binlog (dotnet build -bl), which has the details.");
                Log.LogMessage(MessageImportance.Low, "{0}", exception.ToString());
                break;
        }
    }

    private void Write(Diagnostic diagnostic)
    {
        string? file = diagnostic.File ?? (string.IsNullOrEmpty(ProjectFile) ? BuildEngine?.ProjectFileOfTaskNode : ProjectFile);
        switch (diagnostic.Severity)
        {
            case Severity.Error:
                Log.LogError(null, diagnostic.Code, null, null, file, diagnostic.Line, 0, 0, 0, "{0}", diagnostic.Message);
                if (CiAnnotation.Of(diagnostic, file, Environment.GetEnvironmentVariable) is { } annotation)
                {
                    Log.LogMessage(MessageImportance.High, "{0}", annotation);
                }

                break;
            case Severity.Warning:
                Log.LogWarning(null, diagnostic.Code, null, null, file, diagnostic.Line, 0, 0, 0, "{0}", diagnostic.Message);
                break;
            case Severity.Detail:
                Log.LogMessage(MessageImportance.Normal, "{0}", diagnostic.Message);
                break;
            default:
                Log.LogMessage(MessageImportance.High, "{0}", diagnostic.Message);
                break;
        }
    }
}
