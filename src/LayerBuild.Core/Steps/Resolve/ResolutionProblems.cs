using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

/// <summary>What went wrong for layers and targets, said once for all of which it is true.</summary>
internal sealed class ResolutionProblems(IEnumerable<(LayerDeclaration Layer, Diagnostic Problem)> unread)
{
    private readonly List<(LayerDeclaration Layer, Diagnostic Problem)> _problems = [.. unread];

    /// <summary>Of one layer: the problems of its targets, and what is to be told of its lock file.</summary>
    public void Add(LayerDeclaration layer, IReadOnlyList<PythonTarget> targets, ScopeOutcome outcome) =>
        _problems.AddRange(Merge(targets, outcome).Append(outcome.Remark).OfType<Diagnostic>().Distinct().Select(p => (layer, p)));

    public void Report(DiagnosticLog log)
    {
        foreach (var same in _problems.GroupBy(p => p.Problem with { File = p.Problem.File ?? p.Layer.ProjectFile }))
        {
            string[] names = [.. same.Select(p => $"'{p.Layer.Name}'").Distinct()];
            log.Add(same.Key with { Message = $"{(names.Length == 1 ? "Layer" : "Layers")} {string.Join(", ", names)}: {same.Key.Message}" });
        }
    }

    /// <summary>The same problem of several targets is reported once, naming all of them.</summary>
    private static IEnumerable<Diagnostic> Merge(IReadOnlyList<PythonTarget> targets, ScopeOutcome outcome) =>
        from target in targets
        let problem = outcome.Targets[target].Problem
        where problem is not null
        group target by problem with { Message = problem.Message.Replace(target.ToString(), "\0", StringComparison.Ordinal) } into same
        select same.Key with { Message = same.Key.Message.Replace("\0", PythonTarget.Describe([.. same]), StringComparison.Ordinal) };
}
