namespace LayerBuild.Diagnostics;

/// <summary>Takes the diagnostics of a step, from any thread, and remembers whether an error was among them.</summary>
internal sealed class DiagnosticLog(Action<Diagnostic> write)
{
    private readonly Lock _gate = new();
    private bool _hasErrors;

    /// <summary>A log that only remembers; for tests and for steps whose messages nobody reads.</summary>
    public DiagnosticLog()
        : this(_ => { })
    {
    }

    /// <summary>Whether the build takes warnings of a code as errors.</summary>
    public Func<string, bool> Promotes { get; init; } = _ => false;

    /// <summary>
    /// Whether the user turned off a check by its code. MSBuild allows that for warnings only; here it works for errors of
    /// the checks (LB3xxx, LB4xxx) too. After other errors the build cannot go on.
    /// </summary>
    public Func<string, bool> Silences { get; init; } = _ => false;

    public List<Diagnostic> Diagnostics { get; } = [];

    /// <summary>The warnings so far.</summary>
    public IReadOnlyList<Diagnostic> Warnings
    {
        get
        {
            lock (_gate)
            {
                return [.. Diagnostics.Where(d => d.Severity == Severity.Warning)];
            }
        }
    }

    public bool HasErrors
    {
        get
        {
            lock (_gate)
            {
                return _hasErrors;
            }
        }
    }

    public void Add(Diagnostic diagnostic)
    {
        if (IsCheck(diagnostic.Code) && Silences(diagnostic.Code))
        {
            return;
        }

        lock (_gate)
        {
            Diagnostics.Add(diagnostic);
            _hasErrors |= diagnostic.Severity == Severity.Error
                || (diagnostic.Severity == Severity.Warning && Promotes(diagnostic.Code));
            write(diagnostic);
        }
    }

    /// <summary>
    /// A log of a part's own, which passes everything on to this one: its errors tell whether the part failed.
    /// </summary>
    /// <param name="file">What a diagnostic without a file is about.</param>
    public DiagnosticLog Child(string? file) => new(diagnostic => Add(diagnostic with { File = diagnostic.File ?? file }))
    {
        Promotes = Promotes,
        Silences = Silences,
    };

    private static bool IsCheck(string code) =>
        code.StartsWith("LB3", StringComparison.Ordinal) || code.StartsWith("LB4", StringComparison.Ordinal);

    public void Error(string code, string message) => Add(Diagnostic.Error(code, message));

    public void Warning(string code, string message) => Add(Diagnostic.Warning(code, message));

    public void Note(string message) => Add(Diagnostic.Note(message));
}
