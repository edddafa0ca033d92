using System.Collections;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>A build engine that only records what a task says.</summary>
internal sealed class RecordingEngine : IBuildEngine
{
    private readonly List<string> _lines = [];

    public List<string> Errors { get; } = [];

    public string Text => string.Join('\n', _lines);

    public bool ContinueOnError => false;

    public int LineNumberOfTaskNode => 0;

    public int ColumnNumberOfTaskNode => 0;

    public string ProjectFileOfTaskNode => "app.csproj";

    public bool BuildProjectFile(string projectFileName, string[] targetNames, IDictionary globalProperties, IDictionary targetOutputs) => false;

    public void LogCustomEvent(CustomBuildEventArgs e) => _lines.Add(e.Message ?? "");

    public void LogErrorEvent(BuildErrorEventArgs e)
    {
        Errors.Add($"{e.Code} {e.Message}");
        _lines.Add($"{e.Code} {e.Message}");
    }

    public void LogMessageEvent(BuildMessageEventArgs e) => _lines.Add(e.Message ?? "");

    public void LogWarningEvent(BuildWarningEventArgs e) => _lines.Add($"{e.Code} {e.Message}");
}
