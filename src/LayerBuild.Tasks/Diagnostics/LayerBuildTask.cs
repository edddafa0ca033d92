using LayerBuild.Diagnostics;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>
/// Base of the tasks: runs the step, turns diagnostics into MSBuild's errors and warnings, and cancels.
/// </summary>
public abstract class LayerBuildTask : Microsoft.Build.Utilities.Task, ICancelableTask, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>What a diagnostic without a file of its own is reported against.</summary>
    private protected virtual string? ProjectFile => BuildEngine?.ProjectFileOfTaskNode;

    public void Cancel() => _cancellation.Cancel();

    public sealed override bool Execute()
    {
        var log = new DiagnosticLog(Write)
        {
            Promotes = code => BuildEngine is IBuildEngine8 engine && engine.ShouldTreatWarningAsError(code),
        };
        try
        {
            Run(log, _cancellation.Token);
        }
        catch (DiagnosticException e)
        {
            log.Add(e.Diagnostic);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            Log.LogMessage(MessageImportance.Normal, "Cancelled.");
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Error("LB1099", e.Message);
        }

        return !Log.HasLoggedErrors;
    }

    public void Dispose()
    {
        _cancellation.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Run(DiagnosticLog log, CancellationToken cancellation);

    private void Write(Diagnostic diagnostic)
    {
        string? file = diagnostic.File ?? ProjectFile;
        switch (diagnostic.Severity)
        {
            case Severity.Error:
                Log.LogError(null, diagnostic.Code, null, null, file, diagnostic.Line, 0, 0, 0, "{0}", diagnostic.Message);
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
