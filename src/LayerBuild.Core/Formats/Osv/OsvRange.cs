namespace LayerBuild.Formats.Osv;

/// <summary>How a version that is affected gets out of a range: by the first version that is fixed, or behind the last affected one.</summary>
/// <param name="Fixed">Null when no version is known to be fixed.</param>
/// <param name="LastAffected">Null unless the range ends with the last version that is known to be affected.</param>
internal sealed record OsvEnd(PackageVersion? Fixed, PackageVersion? LastAffected)
{
    public static readonly OsvEnd None = new(null, null);
}

/// <summary>A range of versions of one ecosystem, evaluated as the OSV schema says (section "Evaluation").</summary>
internal sealed class OsvRange
{
    private readonly (OsvEventKind Kind, PackageVersion Version)[] _events;
    private readonly PackageVersion[] _limits;

    /// <param name="events">In the order of the record: what concerns one version keeps it. A null version is the limit <c>*</c>.</param>
    public OsvRange(IReadOnlyList<(OsvEventKind Kind, PackageVersion? Version)> events)
    {
        _events = [.. events.Where(e => e.Kind != OsvEventKind.Limit && e.Version is not null).Select(e => (e.Kind, e.Version!)).OrderBy(e => e.Item2)];
        // One limit of * lifts all others.
        bool unlimited = events.Any(e => e.Kind == OsvEventKind.Limit && e.Version is null);
        _limits = unlimited ? [] : [.. events.Where(e => e.Kind == OsvEventKind.Limit).Select(e => e.Version!)];
    }

    /// <returns>Null when the version is not affected.</returns>
    public OsvEnd? Match(PackageVersion version)
    {
        if (_limits.Length > 0 && !_limits.Any(limit => version.CompareToBound(limit) < 0))
        {
            return null;
        }

        bool affected = false;
        OsvEnd? end = null;
        foreach ((OsvEventKind kind, PackageVersion at) in _events)
        {
            int order = version.CompareToBound(at);
            switch (kind)
            {
                case OsvEventKind.Introduced when order >= 0:
                    affected = true;
                    break;
                case OsvEventKind.Fixed when order >= 0:
                case OsvEventKind.LastAffected when order > 0:
                    affected = false;
                    break;
                case OsvEventKind.Fixed:
                    end ??= new OsvEnd(at, null);
                    break;
                case OsvEventKind.LastAffected:
                    end ??= new OsvEnd(null, at);
                    break;
            }
        }

        return affected ? end ?? OsvEnd.None : null;
    }
}

internal enum OsvEventKind
{
    Introduced,
    Fixed,
    LastAffected,
    Limit,
}
