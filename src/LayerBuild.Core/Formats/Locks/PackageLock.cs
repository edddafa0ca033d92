using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// A lock file that another tool wrote. It is read once and asked for each target: what the tool itself would install
/// there, no more and no less. Nothing is resolved, nothing is fetched.
/// </summary>
internal abstract class PackageLock(LockFormat format, LockText text)
{
    public LockFormat Format { get; } = format;

    /// <summary>Full path.</summary>
    public string Path => Text.Path;

    protected LockText Text { get; } = text;

    /// <param name="path">Full path of the lock file; its name tells the format.</param>
    /// <param name="repository">Full path of the folder that no path of the lock file may leave; by default found by its <c>.git</c>.</param>
    /// <returns>The lock file, or why it cannot be used.</returns>
    public static (PackageLock? Lock, LockFault? Fault) Read(string path, string? repository = null)
    {
        try
        {
            string name = System.IO.Path.GetFileName(path);
            LockFormat? format = LockFormat.Of(name);
            if (format is null)
            {
                return (null, new LockFault(LockFaultKind.Invalid, $"'{name}' is not the name of a lock file that LayerBuild reads: those are uv.lock, poetry.lock, pdm.lock, Pipfile.lock, pylock.toml, pylock.<name>.toml, and requirements with hashes in a *.txt.") { File = path });
            }

            string root = repository ?? LockText.RootOf(path);
            if (format == LockFormat.Requirements)
            {
                (LockText plain, string content) = LockText.ReadPlain(path, root);
                return (new RequirementsLock(plain, content), null);
            }

            LockText text = LockText.Read(path, root);
            return (text.Read<PackageLock>(() => format.FileName switch
            {
                "uv.lock" => new UvLock(text),
                "poetry.lock" => PoetryLock.Read(text, root),
                "pdm.lock" => new PdmLock(text, root),
                "Pipfile.lock" => new PipfileLock(text),
                _ => new Pylock(text),
            }), null);
        }
        catch (LockFaultException e)
        {
            return (null, e.Fault);
        }
    }

    /// <summary>What the tool would install.</summary>
    public LockSelection Select(LockRequest request)
    {
        try
        {
            var scope = new SelectionScope(request);
            return Text.Read(() =>
            {
                CheckTarget(scope);
                return Complete(scope, Choose(scope));
            });
        }
        catch (LockFaultException e)
        {
            return new LockSelection { Refusal = e.Fault };
        }
    }

    /// <summary>What to do when no wheel of a package loads, if the tool that locked has a way of its own.</summary>
    protected virtual string? NoWheelAdvice => null;

    /// <exception cref="LockFaultException">It was not locked for this target.</exception>
    protected abstract void CheckTarget(SelectionScope scope);

    /// <summary>All packages that are to be installed, in any order.</summary>
    protected abstract IEnumerable<PackageChoice> Choose(SelectionScope scope);

    /// <summary>Refuses a target whose Python the project does not allow.</summary>
    /// <param name="specifiers">PEP 440; null for any.</param>
    /// <param name="allows">For other ways to write them.</param>
    protected void CheckPython(SelectionScope scope, string? specifiers, string key, Func<string, bool?> allows)
    {
        if (specifiers is null)
        {
            return;
        }

        switch (allows(specifiers))
        {
            case null:
                throw Text.Invalid($"{key} '{specifiers}' is not a set of versions", 0);
            case false:
                throw Text.Fault(LockFaultKind.RequiresPython, $"{Text.FileName} is for Python {specifiers} ({key}), which does not allow {scope.Target.Python}. Declare a runtime that it allows, or change {key} in the manifest and run {Format.Command}.");
        }
    }

    /// <summary>What there is, for a name that is not: <c>Extras are: a, b.</c></summary>
    protected static string Known(string kind, IEnumerable<string>? names) =>
        names?.Distinct().Order(StringComparer.Ordinal).ToArray() is [_, ..] known ? $"{kind} are: {string.Join(", ", known)}." : $"It has no {kind.ToLowerInvariant()}.";

    private LockSelection Complete(SelectionScope scope, IEnumerable<PackageChoice> choices)
    {
        var chosen = new SortedDictionary<string, PackageChoice>(StringComparer.Ordinal);
        foreach (PackageChoice choice in choices)
        {
            string name = choice.Package.Name;
            if (!chosen.TryGetValue(name, out PackageChoice? other))
            {
                chosen.Add(name, choice);
            }
            else if (other.Package.Version != choice.Package.Version || other.Package.Source != choice.Package.Source)
            {
                throw Text.Fault(LockFaultKind.Contradictory, $"{Text.FileName} has both {other.Package.Title} (line {other.Package.Line}) and {choice.Package.Title} (line {choice.Package.Line}) for {scope.Target}. Run {Format.Command}.", choice.Package.Line);
            }
            else
            {
                chosen[name] = other with { IsStart = other.IsStart || choice.IsStart, RequiredBy = [.. other.RequiredBy.Union(choice.RequiredBy)] };
            }
        }

        var wheels = new WheelChoice(scope.Target, Text.FileName) { Advice = NoWheelAdvice };
        var packages = new List<SelectedPackage>();
        var cannot = new List<LockFault>();
        foreach (PackageChoice choice in chosen.Values)
        {
            (SelectedPackage? selected, LockFault? fault) = choice.Fault is not null ? (null, choice.Fault) : FileOf(choice.Package, wheels);
            if (selected is not null)
            {
                packages.Add(selected with { IsStart = choice.IsStart, RequiredBy = [.. choice.RequiredBy.Where(chosen.ContainsKey).Order(StringComparer.Ordinal)] });
            }
            else
            {
                cannot.Add(fault! with { File = Text.Path, Package = choice.Package, Line = choice.Package.Line });
            }
        }

        return new LockSelection { Packages = packages, Cannot = cannot, Warnings = scope.Warnings };
    }

    private static (SelectedPackage? Selected, LockFault? Fault) FileOf(LockedPackage package, WheelChoice wheels) => package.Source.Kind switch
    {
        // What is built here has no file; what has hashes alone gets its names from the index.
        SourceKind.Directory or SourceKind.Git => (new SelectedPackage(package, null), null),
        SourceKind.Url or SourceKind.Path when package.Files.Count == 0 => (new SelectedPackage(package, null), null),
        SourceKind.Index when package.Files.Count > 0 && package.Files.All(f => f.Name is null) => (new SelectedPackage(package, null), null),
        _ => wheels.Choose(package),
    };
}
