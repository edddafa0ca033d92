using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>What the sources of a layer's modules say about imports; of wheels, as it is remembered in the cache.</summary>
internal sealed class ModuleSources(CancellationToken cancellation)
{
    private readonly Dictionary<string, WheelImports> _wheels = new(StringComparer.Ordinal);
    private readonly Dictionary<LayerEntry, IReadOnlyList<PythonImport>> _imports = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<LayerEntry, bool> _changing = new(ReferenceEqualityComparer.Instance);

    /// <summary>The imports that always run.</summary>
    public IReadOnlyList<PythonImport> ImportsOf(LayerEntry entry)
    {
        if (entry.Content is WheelContent content && WheelImports.IsSource(content.Member.Place, content.Member.Path, content.Size))
        {
            if (!_wheels.TryGetValue(content.Wheel.Path, out WheelImports? wheel))
            {
                _wheels[content.Wheel.Path] = wheel = WheelImports.Open(content.Wheel, cancellation);
            }

            return wheel[content.Member.Path];
        }

        if (!_imports.TryGetValue(entry, out IReadOnlyList<PythonImport>? imports))
        {
            _imports[entry] = imports = WheelImports.Read(entry.Content);
        }

        return imports;
    }

    /// <summary>Whether a name that is not found need not be missing. Asked for few, so that it is not remembered.</summary>
    public bool ChangesImports(LayerEntry entry)
    {
        if (!_changing.TryGetValue(entry, out bool changes))
        {
            _changing[entry] = changes = WheelImports.ChangesImports(entry.Content);
        }

        return changes;
    }
}
