using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// LB3007: modules of <c>Imports</c> that cannot import, by reading alone: they, and what they import without condition,
/// must be in the layer, the standard library, or what the runtime carries.
/// </summary>
internal static class ImportCheck
{
    private const string Code = "LB3007";
    private const string Auto = "auto";

    public static IEnumerable<Finding> Run(InspectedLayer layer, CancellationToken cancellation)
    {
        if (layer.Layer.Imports.Count == 0)
        {
            yield break;
        }

        var sources = new ModuleSources(cancellation);
        var told = new HashSet<(string, LayerEntry?)>();
        foreach (LambdaRuntime python in layer.Layer.PythonRuntimes)
        {
            var path = new PythonSearchPath(layer, python);
            var walk = new Walk(layer, python, path, sources);
            foreach (string module in ImportedModules.Of(layer, python, path))
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (Finding finding in walk.Check(module))
                {
                    // Several modules may stumble over one that is missing.
                    if (told.Add((finding.Subject!, finding.Entry)))
                    {
                        yield return finding;
                    }
                }
            }
        }

        if (!layer.Layer.PythonRuntimes.Any() && layer.Layer.Runtimes.Any(r => r.Family == RuntimeFamily.Node))
        {
            foreach (Finding finding in CheckNode(layer))
            {
                yield return finding;
            }
        }
    }

    private static IEnumerable<Finding> CheckNode(InspectedLayer layer)
    {
        foreach (string module in layer.Layer.Imports.Where(m => m != Auto && !m.StartsWith("node:", StringComparison.Ordinal)))
        {
            foreach (LambdaRuntime node in layer.Layer.Runtimes.Where(r => r.Family == RuntimeFamily.Node))
            {
                string[] roots = [$"nodejs/node{node.LanguageVersion.Split('.')[0]}/node_modules", "nodejs/node_modules"];
                if (!roots.Any(root => layer.Tree.Entries.Any(e => e.Path.IsUnder($"{root}/{module}") || e.Path.Value == $"{root}/{module}.js" || e.Path.Value == $"{root}/{module}")))
                {
                    yield return Finding.Error(Code, null, $"Imports names '{module}', which {node} does not find: it looks in {string.Join(" and ", roots)}. "
                        + "Add the package to the layer's package.json, or correct the name.")
                    with
                    { Subject = module };
                    break;
                }
            }
        }
    }

    /// <summary>Follows the imports of modules through the layer, each file once.</summary>
    private sealed class Walk(InspectedLayer layer, LambdaRuntime python, PythonSearchPath path, ModuleSources sources)
    {
        private readonly Queue<FoundModule> _open = new();
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly Dictionary<string, bool> _reached = new(StringComparer.Ordinal);

        public IEnumerable<Finding> Check(string module)
        {
            if (!Reach(module) && !IsElsewhere(module) && !MayAppear(module))
            {
                yield return Finding.Error(Code, null, $"Imports names '{module}', but {python} will say \"No module named '{module}'\": it is neither in "
                    + $"{string.Join(" nor in ", path.Roots)} of the layer, nor in the standard library, nor part of the runtime. {Advice(module)}")
                with
                { Subject = module };
                yield break;
            }

            while (_open.TryDequeue(out FoundModule? next))
            {
                if (next.Source is not { } entry)
                {
                    continue;
                }

                foreach (PythonImport import in sources.ImportsOf(entry))
                {
                    if (Follow(next, import) is { } missing && !sources.ChangesImports(entry))
                    {
                        yield return Finding.Error(Code, entry, $"imports '{missing}' (line {import.Line}), which is neither in the layer nor in the standard library of {python}, "
                            + $"nor part of the runtime: 'import {module}' will fail. Add the package that has it to the layer, "
                            + $"or accept it if the function brings it: AllowFindings=\"{Code}:{missing}\".")
                        with
                        { Subject = missing, Line = import.Line };
                    }
                }
            }
        }

        /// <returns>The name that is missing; null when all is there.</returns>
        private string? Follow(FoundModule module, PythonImport import)
        {
            string? name = import.Module;
            if (import.Level > 0)
            {
                name = Base(module, import.Level);
                if (name is null)
                {
                    return null;
                }

                name = import.Module.Length > 0 ? $"{name}.{import.Module}" : name;
            }

            bool reached = Reach(name);
            if (reached && import.Names.Count > 0 && path.Find(name) is { IsPackage: true })
            {
                foreach (string taken in import.Names)
                {
                    // It may as well be a name that the package defines.
                    Reach($"{name}.{taken}");
                }
            }

            if (reached || MayAppear(name))
            {
                return null;
            }

            if (import.Level > 0)
            {
                return name;
            }

            // Only the first part is sure: the rest may be made by its package.
            string top = name.Split('.')[0];
            return path.Find(top) is not null || IsElsewhere(top) ? null : top;
        }

        /// <summary>Puts a module and the packages around it on the list.</summary>
        private bool Reach(string name)
        {
            if (!_reached.TryGetValue(name, out bool reached))
            {
                _reached[name] = reached = ReachParts(name);
            }

            return reached;
        }

        private bool ReachParts(string name)
        {
            for (int dot = name.IndexOf('.', StringComparison.Ordinal); ; dot = name.IndexOf('.', dot + 1))
            {
                string part = dot < 0 ? name : name[..dot];
                if (path.Find(part) is not { } found)
                {
                    return false;
                }

                if (_seen.Add(part))
                {
                    _open.Enqueue(found);
                }

                if (dot < 0)
                {
                    return true;
                }
            }
        }

        private bool IsElsewhere(string name)
        {
            string top = name.Split('.')[0];
            return path.Find(top) is null && (PythonModules.IsStandard(top, python) || PythonModules.IsCarried(top));
        }

        /// <summary>Whether a package around the module makes modules as it runs (six.moves).</summary>
        private bool MayAppear(string name)
        {
            for (int dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
            {
                if (path.Find(name[..dot]) is { } parent)
                {
                    return parent.Source is null ? !parent.IsPackage : sources.ChangesImports(parent.Source);
                }
            }

            return false;
        }

        /// <summary>The package that leading dots mean; null when they lead out of it.</summary>
        private static string? Base(FoundModule module, int level)
        {
            string name = module.Name;
            for (int up = module.IsPackage ? level - 1 : level; up > 0; up--)
            {
                int dot = name.LastIndexOf('.');
                if (dot < 0)
                {
                    return null;
                }

                name = name[..dot];
            }

            return name;
        }

        private string Advice(string module)
        {
            string top = module.Split('.')[0];
            LayerEntry? other = layer.Tree.Entries.FirstOrDefault(e =>
                e.Path.FileName == $"{top}.py" || e.Path.Value.EndsWith($"/{top}/__init__.py", StringComparison.Ordinal));
            if (other is not null && path.Find(top) is null)
            {
                return $"The layer has {other.Path}, where {python} does not look: did you mean python/{(other.Path.FileName == "__init__.py" ? top + "/" : "")}{other.Path.FileName}?";
            }

            string name = DistributionName.Normalize(top);
            if (layer.Tree.Packages.FirstOrDefault(p => DistributionName.Normalize(p.Name) == name) is { } package)
            {
                string[] names = [.. ImportedModules.TopLevel(layer, package)];
                if (names.Length > 0)
                {
                    return $"The package {package.Name} is imported as {string.Join(", ", names.Select(n => $"'{n}'"))}.";
                }
            }

            string? close = Spelling.Closest(top, path.TopLevel());
            return close is not null
                ? $"Did you mean '{close}'?"
                : "Add the package that has it to Packages or Requirements, or correct the name.";
        }
    }
}
