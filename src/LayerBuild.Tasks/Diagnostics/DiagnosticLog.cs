namespace LayerBuild.Diagnostics;

/// <summary>Takes the diagnostics of a step, from any thread, and remembers whether an error was among them.</summary>
internal sealed class DiagnosticLog(Action<Diagnostic> write)
{
    private readonly Lock _gate = new();
    private bool _hasErrors;

    /// <summary>A log that only remembers; for tests and for steps whose words nobody reads.</summary>
    public DiagnosticLog()
        : this(_ => { })
    {
    }

    public List<Diagnostic> Diagnostics { get; } = [];

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
        lock (_gate)
        {
            Diagnostics.Add(diagnostic);
            _hasErrors |= diagnostic.Severity == Severity.Error;
            write(diagnostic);
        }
    }

    public void Error(string code, string message) => Add(Diagnostic.Error(code, message));

    public void Warning(string code, string message) => Add(Diagnostic.Warning(code, message));

    public void Note(string message) => Add(Diagnostic.Note(message));
}
