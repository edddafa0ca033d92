using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve.Pip;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>What layers require, before anything is resolved.</summary>
/// <param name="Scopes">Of the layers that require packages.</param>
/// <param name="Resolutions">Of the layers that require none.</param>
/// <param name="Problems">Of the layers whose requirements cannot be read.</param>
internal sealed record LayerScopes(
    IReadOnlyDictionary<LayerName, LockScope> Scopes,
    IReadOnlyDictionary<LayerName, LayerResolution> Resolutions,
    IReadOnlyList<(LayerDeclaration Layer, Diagnostic Problem)> Problems);

/// <summary>Reads the requirements of layers and says which lock file they belong to.</summary>
internal sealed class ScopeReader(ResolveOptions options, PipEnvironment environment)
{
    public LayerScopes Read(IReadOnlyList<LayerDeclaration> layers)
    {
        var read = new List<(LayerDeclaration, IReadOnlyList<RequirementLine>, string)>();
        var resolutions = new Dictionary<LayerName, LayerResolution>();
        var problems = new List<(LayerDeclaration, Diagnostic)>();
        HashSet<LayerName> asked = [.. layers.Select(l => l.Name)];
        foreach (LayerDeclaration layer in layers.Concat(options.ProjectLayers.Where(l => l.HasRequirements && !asked.Contains(l.Name))))
        {
            try
            {
                IReadOnlyList<RequirementLine> lines = RequirementReader.Read(layer, environment.Find);
                if (lines.Any(l => l.Kind == RequirementKind.Requirement))
                {
                    CheckTargets(layer);
                    read.Add((layer, lines, RequirementsDigest.Of(layer, lines, options.PipArguments)));
                }
                else if (asked.Contains(layer.Name))
                {
                    resolutions[layer.Name] = LayerResolution.Empty with { InputFiles = [.. lines.Select(l => l.File).OfType<string>().Distinct()] };
                }
            }
            catch (DiagnosticException e) when (asked.Contains(layer.Name))
            {
                problems.Add((layer, e.Diagnostic));
            }
            catch (DiagnosticException)
            {
                // A layer that is not asked for now has its say when it is.
            }
        }

        return new LayerScopes(LockPlan.Make(read), resolutions, problems);
    }

    private static void CheckTargets(LayerDeclaration layer)
    {
        if (PythonTarget.Of(layer).Count == 0)
        {
            throw new DiagnosticException(Diagnostic.Error("LB1022", $"it asks for Python packages, but none of the declared runtimes ({string.Join(", ", layer.Runtimes)}) runs Python on {string.Join(" or ", layer.Architectures)}. Declare one that does, like CompatibleRuntimes=\"python3.13\"."));
        }
    }
}
