namespace LayerBuild.Diagnostics;

/// <summary>Ends a step with what a user is to be told. Tasks catch it; nothing else may leave a step.</summary>
internal sealed class DiagnosticException(Diagnostic diagnostic) : Exception(diagnostic.Message)
{
    public Diagnostic Diagnostic { get; } = diagnostic;
}
