using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>A request while it is answered: what markers see of it, and what is worth a warning.</summary>
internal sealed class SelectionScope
{
    private readonly Dictionary<Marker, bool> _held = [];

    public SelectionScope(LockRequest request)
    {
        Target = request.Target;
        Extras = [.. request.Extras.Select(DistributionName.Normalize)];
        Groups = [.. request.Groups.Select(DistributionName.Normalize)];
        StartPackage = request.StartPackage is { } start ? DistributionName.Normalize(start) : null;
        Markers = new MarkerScope(request.Target.MarkerEnvironment) { Extras = Extras, DependencyGroups = Groups };
    }

    public PythonTarget Target { get; }

    /// <summary>Normalized.</summary>
    public HashSet<string> Extras { get; }

    /// <summary>Normalized.</summary>
    public HashSet<string> Groups { get; }

    /// <summary>Normalized.</summary>
    public string? StartPackage { get; }

    public MarkerScope Markers { get; }

    public List<LockFault> Warnings { get; } = [];

    /// <summary>Whether a marker holds; each is evaluated once.</summary>
    public bool Holds(Marker? marker)
    {
        if (marker is null)
        {
            return true;
        }

        if (!_held.TryGetValue(marker, out bool holds))
        {
            holds = marker.Evaluate(Markers);
            _held.Add(marker, holds);
        }

        return holds;
    }

    /// <summary>Whether the target's Python is within PEP 440 specifiers; null when they are none.</summary>
    public bool? Allows(string specifiers) => Newest.MeetsAll(specifiers);

    /// <summary>Whether some patch release of the target's Python is within PEP 440 specifiers.</summary>
    public bool AllowsAnyPatch(string specifiers) =>
        Newest.MeetsAll(specifiers) is true || Enumerable.Range(0, 100).Any(patch => Version($"{Target.Python}.{patch}").MeetsAll(specifiers) is true);

    /// <summary>Whether a text is PEP 440 specifiers.</summary>
    public static bool AreSpecifiers(string text) => Version("3.0").MeetsAll(text) is not null;

    /// <summary>The newest patch release of the target's Python: what Requires-Python is compared with.</summary>
    public DistributionVersion Newest => field ??= Version(Target.NewestPatch);

    /// <summary>Its first patch release: what markers see, so that what any patch release needs is taken along.</summary>
    public DistributionVersion Oldest => field ??= Version(Markers.Environment["python_full_version"]);

    private static DistributionVersion Version(string text) => DistributionVersion.TryParse(text, out DistributionVersion? version)
        ? version
        : throw new InvalidOperationException($"{text} is not a version.");
}

/// <summary>A package that a reader chose.</summary>
internal sealed record PackageChoice(LockedPackage Package)
{
    public IReadOnlyList<string> RequiredBy { get; init; } = [];

    public bool IsStart { get; init; }

    /// <summary>Why it cannot be installed, whatever its files are.</summary>
    public LockFault? Fault { get; init; }
}
