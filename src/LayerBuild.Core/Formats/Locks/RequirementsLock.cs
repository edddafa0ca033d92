using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// A requirements file in which every package is pinned with hashes: what <c>pip-compile --generate-hashes</c>,
/// <c>uv export</c> and others write. Extras and groups were chosen when it was written.
/// </summary>
internal sealed class RequirementsLock : PackageLock
{
    private readonly (LockEntry Entry, Marker? Marker, Lazy<LockedPackage> Package)[] _entries;

    public RequirementsLock(LockText text, string content)
        : base(LockFormat.Requirements, text)
    {
        try
        {
            _entries =
            [
                .. LockFile.Parse(content).Entries.Select(e => (
                    e,
                    text.Marker(e.Marker, e.Number),
                    new Lazy<LockedPackage>(() => ReadPackage(e)))),
            ];
        }
        catch (FormatException e)
        {
            throw text.Invalid(e.Message.TrimEnd('.'), 0);
        }
    }

    protected override void CheckTarget(SelectionScope scope)
    {
        // It says nothing of targets but in its markers.
    }

    protected override IEnumerable<PackageChoice> Choose(SelectionScope scope) =>
        _entries.Where(e => scope.Holds(e.Marker)).Select(e => new PackageChoice(e.Package.Value));

    private LockedPackage ReadPackage(LockEntry entry)
    {
        string? place = entry.Place;
        bool isUrl = place?.Contains("://", StringComparison.Ordinal) is true && !place.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
        string? path = place is null || isUrl ? null : Text.Inside(place, Text.Folder, entry.Number);
        PackageSource source = place is null ? PackageSource.DefaultIndex
            : path is not null ? new PackageSource(SourceKind.Path, path)
            : place.StartsWith("git+", StringComparison.Ordinal) ? GitSource.Parse(place)
            : new PackageSource(SourceKind.Url, place);
        return new LockedPackage(entry.Name, Text.Version(entry.Version, entry.Number), source)
        {
            Files =
            [
                .. entry.Files.Select(f => place is null || source.Kind == SourceKind.Git
                    ? new PackageFile(f.FileName, Text.Hash($"sha256:{f.Sha256}", entry.Number))
                    : Text.FileAt(f.FileName, isUrl ? place : null, path, $"sha256:{f.Sha256}", null, entry.Number)),
            ],
            Line = entry.Number,
        };
    }
}
