namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>A Python that can run pip for us.</summary>
/// <param name="Path">Full path of the interpreter itself, behind shims and launchers.</param>
internal sealed record PythonInterpreter(string Path, string Version, string PipVersion);
