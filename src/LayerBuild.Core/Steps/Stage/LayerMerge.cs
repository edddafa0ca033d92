using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

/// <summary>Makes one tree of what packages and content bring: one file for each path, or a diagnostic.</summary>
internal sealed class LayerMerge(LayerDeclaration layer, DiagnosticLog log)
{
    private static readonly Comparer<PlacedFile> ByPath = Comparer<PlacedFile>.Create((a, b) => string.CompareOrdinal(a.Path, b.Path));

    private readonly Dictionary<WheelInstallation, List<PlacedFile>> _installed = [];
    private WheelInstallation? _lastOwner;
    private List<PlacedFile>? _lastFiles;
    private bool _failed;

    /// <param name="files">Of all packages and content; a RECORD is a placeholder that is written here.</param>
    /// <param name="further">Given the merged files, what to add to them, in places that are free; null for nothing.</param>
    /// <returns>Sorted by path; null when an error was logged.</returns>
    public IReadOnlyList<LayerEntry>? Run(
        List<PlacedFile> files,
        Func<IReadOnlyList<PlacedFile>, IReadOnlyList<PlacedFile>>? further,
        CancellationToken cancellation)
    {
        files.Sort(Compare);
        List<PlacedFile> merged = Merge(files);
        cancellation.ThrowIfCancellationRequested();
        CheckFolders(merged);
        CheckSpellings(merged);
        if (_failed)
        {
            return null;
        }

        if (further is not null)
        {
            foreach (PlacedFile file in further(merged))
            {
                merged.Add(file);
                if (file.Owner is { } owner)
                {
                    List<PlacedFile> installed = FilesOf(owner);
                    installed.Insert(~installed.BinarySearch(file, ByPath), file);
                }
            }

            merged.Sort(Compare);
        }

        var entries = new LayerEntry[merged.Count];
        SideBySide.For(merged.Count, i =>
        {
            PlacedFile file = merged[i];
            EntryContent content = file.Path == file.Owner?.RecordPath ? file.Owner.Record(_installed.GetValueOrDefault(file.Owner, [])) : file.Content;
            entries[i] = new LayerEntry(ZipPath.Parse(file.Path), file.Kind, content, file.Owner?.Package);
        }, cancellation);
        return entries;
    }

    private List<PlacedFile> Merge(List<PlacedFile> files)
    {
        var merged = new List<PlacedFile>(files.Count);
        for (int at = 0; at < files.Count;)
        {
            int next = at + 1;
            while (next < files.Count && files[next].Path == files[at].Path)
            {
                next++;
            }

            PlacedFile file = next - at == 1 ? files[at] : ResolveConflict(files, at, next);
            merged.Add(file);
            for (; at < next; at++)
            {
                if (files[at].Owner is { } owner)
                {
                    FilesOf(owner).Add(file);
                }
            }
        }

        return merged;
    }

    /// <summary>By path; for one path packages before content, by name, so that the first is the same in every build.</summary>
    private static int Compare(PlacedFile a, PlacedFile b)
    {
        int order = string.CompareOrdinal(a.Path, b.Path);
        if (order != 0 || a.Owner is null || b.Owner is null)
        {
            return order != 0 ? order : (a.Owner is null).CompareTo(b.Owner is null);
        }

        order = string.CompareOrdinal(a.Owner.Package.Name, b.Owner.Package.Name);
        return order != 0 ? order : string.CompareOrdinal(a.Owner.Package.Sha256, b.Owner.Package.Sha256);
    }

    private static string NameOf(PlacedFile file) => file.Owner is { } owner
        ? $"{owner.Package.Name} {owner.Package.Version} ({owner.Package.Wheel})"
        : $"the file {(file.Content as DiskContent)?.Path ?? file.Path}";

    private static bool IsSame(PlacedFile a, PlacedFile b)
    {
        if (a.Content.Size != b.Content.Size || (a.Kind == EntryKind.SymbolicLink) != (b.Kind == EntryKind.SymbolicLink))
        {
            return false;
        }

        Span<byte> hashes = stackalloc byte[64];
        a.Content.HashTo(hashes[..32]);
        b.Content.HashTo(hashes[32..]);
        return hashes[..32].SequenceEqual(hashes[32..]);
    }

    /// <summary>Several files for one path: fine when they are the same, or only declare a namespace.</summary>
    private PlacedFile ResolveConflict(List<PlacedFile> files, int start, int end)
    {
        PlacedFile first = files[start];
        bool same = true;
        bool namespaces = true;
        bool executable = false;
        PlacedFile? extending = null;
        for (int i = start; i < end; i++)
        {
            WheelMemberTraits traits = (files[i].Content as WheelContent)?.Member.Traits ?? WheelMemberTraits.None;
            namespaces &= (traits & WheelMemberTraits.NamespaceInit) != 0;
            executable |= files[i].Kind == EntryKind.Executable;
            if ((traits & WheelMemberTraits.ExtendsPath) != 0)
            {
                extending ??= files[i];
            }

            same &= i == start || IsSame(first, files[i]);
        }

        if (same)
        {
            return executable && first.Kind == EntryKind.File ? first with { Kind = EntryKind.Executable } : first;
        }

        if (namespaces)
        {
            return extending ?? first;
        }

        for (int i = start + 1; i < end; i++)
        {
            if (!IsSame(first, files[i]))
            {
                ReportClash(first, files[i], $"both have a file {first.Path}, with different content");
            }
        }

        return first;
    }

    private void CheckFolders(List<PlacedFile> files)
    {
        HashSet<string> folders = FolderSet.Of(files.Select(f => f.Path));
        foreach (PlacedFile file in files)
        {
            if (folders.Contains(file.Path))
            {
                ReportFolder(file, files.Find(f => f.Path.StartsWith(file.Path + "/", StringComparison.Ordinal))!);
            }
        }
    }

    private void CheckSpellings(List<PlacedFile> files)
    {
        var spellings = new Dictionary<string, PlacedFile>(files.Count, StringComparer.OrdinalIgnoreCase);
        foreach (PlacedFile file in files)
        {
            if (!spellings.TryAdd(file.Path, file))
            {
                ReportSpelling(spellings[file.Path], file);
            }
        }
    }

    private void ReportFolder(PlacedFile file, PlacedFile inside) =>
        ReportClash(file, inside, $"need {file.Path} to be a file and a folder (of {inside.Path}) at once");

    private void ReportSpelling(PlacedFile a, PlacedFile b) => log.Warning(
        "LB2021",
        $"Layer '{layer.Name}': {a.Path} of {NameOf(a)} and {b.Path} of {NameOf(b)} differ only in case. "
        + "Lambda keeps both; a stage folder on Windows or macOS cannot. Exclude one of them.");

    private void ReportClash(PlacedFile a, PlacedFile b, string what)
    {
        // What the packages of an index bring is LB2007; as soon as a file of the user's is in it, it is theirs to move.
        bool packages = a.Owner is not null && b.Owner is not null;
        Report(
            packages ? "LB2007" : "LB1004",
            packages
                ? $"Layer '{layer.Name}': {NameOf(a)} and {NameOf(b)} {what}. Take versions that agree, or leave one of them out with ExcludeFiles."
                : $"Layer '{layer.Name}': {NameOf(a)} and {NameOf(b)} {what}. Move or exclude one of them.");
    }

    private void Report(string code, string message)
    {
        _failed = true;
        log.Error(code, message);
    }

    private List<PlacedFile> FilesOf(WheelInstallation owner)
    {
        if (ReferenceEquals(owner, _lastOwner))
        {
            return _lastFiles!;
        }

        if (!_installed.TryGetValue(owner, out List<PlacedFile>? files))
        {
            _installed[owner] = files = new List<PlacedFile>(owner.Members.Count + 3);
        }

        (_lastOwner, _lastFiles) = (owner, files);
        return files;
    }
}
