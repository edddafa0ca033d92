using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Resolve.Requirements;

/// <summary>Where a line stands.</summary>
/// <param name="Folder">Full path of the folder that relative paths in it start from.</param>
/// <param name="File">Full path of the requirement file; null for a requirement in line in the project.</param>
/// <param name="Line">From 1; 0 in line.</param>
/// <param name="IsConstraint">In a file that <c>-c</c> names.</param>
/// <param name="Chain">Full paths of the files that led here, this one included.</param>
internal sealed record RequirementPlace(string Folder, string? File, int Line, bool IsConstraint, IReadOnlyList<string> Chain)
{
    public DiagnosticException Error(string code, string message) => new(Diagnostic.Error(code, message) with { File = File, Line = Line });
}
