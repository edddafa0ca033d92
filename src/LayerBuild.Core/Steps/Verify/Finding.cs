using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>Something in a layer that will not load, or must not be there.</summary>
/// <param name="Entry">The file it is about; null when it is about something that is not there.</param>
/// <param name="Message">Sentences; the reporter puts layer, package and file before them.</param>
internal sealed record Finding(string Code, Severity Severity, LayerEntry? Entry, string Message)
{
    /// <summary>A name besides the file's path by which it can be accepted: the missing library, the module.</summary>
    public string? Subject { get; init; }

    /// <summary>Line in the file, from 1; 0 when it has none.</summary>
    public int Line { get; init; }

    public static Finding Error(string code, LayerEntry? entry, string message) => new(code, Severity.Error, entry, message);

    public static Finding Warning(string code, LayerEntry? entry, string message) => new(code, Severity.Warning, entry, message);
}
