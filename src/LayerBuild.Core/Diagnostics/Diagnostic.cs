namespace LayerBuild.Diagnostics;

internal enum Severity
{
    /// <summary>A line for those who look closer: shown with <c>-v:normal</c>.</summary>
    Detail,

    /// <summary>A line of the build's normal story: shown by default.</summary>
    Note,
    Warning,
    Error,
}

/// <summary>
/// What a user is told: a code with a page in docs/, and words that name what it is about and what to do next.
/// </summary>
/// <param name="Code"><c>LB1001</c>; empty for notes.</param>
/// <param name="Message">Whole sentences, without the code.</param>
internal sealed record Diagnostic(Severity Severity, string Code, string Message)
{
    /// <summary>The file it is about, where there is one.</summary>
    public string? File { get; init; }

    /// <summary>Line in <see cref="File"/>, from 1; 0 when unknown.</summary>
    public int Line { get; init; }

    public static Diagnostic Error(string code, string message) => new(Severity.Error, code, message);

    public static Diagnostic Warning(string code, string message) => new(Severity.Warning, code, message);

    public static Diagnostic Note(string message) => new(Severity.Note, "", message);
}
