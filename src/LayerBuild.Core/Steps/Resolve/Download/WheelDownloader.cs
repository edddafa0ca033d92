using System.Collections.Concurrent;
using LayerBuild.Formats.Index;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>
/// Fetches the wheels that a lock names into the cache: from the address that the lock has, else from folders of wheels, else
/// from the indexes, whose pages are asked for the file of that hash. Nothing but the bytes that the lock names gets into
/// the cache, and no Python is needed.
/// </summary>
internal sealed class WheelDownloader : IDisposable
{
    private readonly DownloadSettings _settings;
    private readonly WheelCache _cache;
    private readonly IndexCredentials _credentials;
    private readonly Persistence _persistence;
    private readonly IndexConnection _connection;
    private readonly IndexPages _pages;
    private readonly IReadOnlyList<Uri> _indexes;
    private readonly string? _unusable;
    private readonly ConcurrentDictionary<string, Lazy<Task<DownloadOutcome>>> _taken = new(StringComparer.Ordinal);

    /// <param name="time">Clock of the waits between attempts.</param>
    public WheelDownloader(DownloadSettings settings, WheelCache cache, TimeProvider time)
    {
        _settings = settings;
        _cache = cache;
        _credentials = new IndexCredentials(settings);
        _persistence = new Persistence(time, settings.Retries);
        _indexes = [.. settings.Indexes.Select(i => _credentials.Add(i.Url)).OfType<Uri>()];
        _unusable = settings.OnlyPip is null ? null : $"only pip follows {settings.OnlyPip}";
        _connection = new IndexConnection(settings, _credentials, time);
        _pages = new IndexPages(_connection, _persistence, settings.Timeout);
    }

    /// <summary>A URL that is asked for a file, with the credentials that are written in it.</summary>
    /// <returns>Without them; null when it is none that can be asked.</returns>
    public Uri? Learn(string url) => _credentials.Add(url);

    /// <summary>Takes the wheel that serves a target best.</summary>
    public async Task<DownloadOutcome> TakeAsync(WantedWheel wanted, WheelTags tags, CancellationToken cancellation)
    {
        if (_unusable is not null)
        {
            return new DownloadOutcome(null, [_unusable]);
        }

        var reasons = new List<string>();
        (PackageFile? file, bool known) = wanted.Files.All(f => f.Name is not null)
            ? (tags.Best(wanted.Files, f => f.Name), true)
            : await ChooseAsync(wanted, tags, reasons, cancellation).ConfigureAwait(false);
        if (file is null)
        {
            return new DownloadOutcome(null, [.. reasons.Distinct()]) { NeedsBuild = known };
        }

        if (!IndexFile.IsName(file.Name!))
        {
            return new DownloadOutcome(null, [$"'{file.Name}' is not the name of a file"]);
        }

        return await _taken.GetOrAdd(file.Sha256 ?? $"{file.Name} {string.Join(' ', wanted.Hashes)}", _ => new Lazy<Task<DownloadOutcome>>(() => FetchAsync(file, wanted, cancellation))).Value.ConfigureAwait(false);
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>
    /// Finds out what files stand behind the hashes of a lock that has no names. Where no page knows the hashes, files of
    /// the version do: a page need not have hashes, and if the lock's are wrong, that is to be said.
    /// </summary>
    /// <returns>The file; without one, whether files of these hashes are known: then none of them loads, and one must be built.</returns>
    private async Task<(PackageFile? File, bool Known)> ChooseAsync(WantedWheel wanted, WheelTags tags, List<string> reasons, CancellationToken cancellation)
    {
        HashSet<string> hashes = [.. wanted.Hashes];
        var ofVersion = new List<PackageFile>();
        bool known = false;
        await foreach (IndexPage page in PagesAsync(wanted.Name, reasons, cancellation).ConfigureAwait(false))
        {
            PackageFile[] files = [.. page.Files.Where(f => f.Sha256 is { } hash && hashes.Contains(hash)).Select(f => ToPackageFile(page, f))];
            known |= files.Length > 0;
            if (tags.Best(files, f => f.Name) is { } best)
            {
                return (best, true);
            }

            ofVersion.AddRange(page.Files.Where(f => IsOf(f.Name, wanted)).Select(f => ToPackageFile(page, f) with { Hash = null }));
        }

        return known ? (null, true) : (tags.Best(ofVersion, f => f.Name), false);
    }

    private async Task<DownloadOutcome> FetchAsync(PackageFile file, WantedWheel wanted, CancellationToken cancellation)
    {
        string[] accepted = file.Sha256 is { } sha256 ? [sha256] : [.. wanted.Hashes];
        if (accepted.Length == 0)
        {
            return new DownloadOutcome(null, ["the lock has no SHA-256 of it"]);
        }

        if (accepted is [{ } only] && _cache.Find(only) is { } known)
        {
            return new DownloadOutcome(known, []);
        }

        var reasons = new List<string>();
        var tried = new HashSet<Uri>();
        HashMismatch? mismatch = null;
        await foreach ((Uri address, long? size) in AddressesAsync(file, wanted, reasons, cancellation).ConfigureAwait(false))
        {
            if (!tried.Add(address))
            {
                continue;
            }

            try
            {
                (CachedWheel? wheel, string found, bool page) = await FetchAsync(address, file.Name!, file.Size ?? size, accepted, cancellation).ConfigureAwait(false);
                if (wheel is not null)
                {
                    return new DownloadOutcome(wheel, []);
                }

                if (page)
                {
                    reasons.Add($"{IndexConnection.Show(address)} answered with a web page, not with a wheel");
                }
                else
                {
                    mismatch ??= new HashMismatch(wanted.Title, file.Name!, accepted, found);
                }
            }
            catch (IndexFaultException e)
            {
                reasons.Add(e.Message);
            }
        }

        return new DownloadOutcome(null, [.. reasons.Distinct()]) { Mismatch = mismatch };
    }

    /// <summary>Brings a file into a folder that nobody else looks at; with the right hash, it goes on into the cache.</summary>
    /// <exception cref="IndexFaultException">It could not be had.</exception>
    private async Task<(CachedWheel? Wheel, string Found, bool IsPage)> FetchAsync(Uri address, string name, long? size, string[] accepted, CancellationToken cancellation)
    {
        while (true)
        {
            string folder = _cache.CreateWorkDirectory();
            try
            {
                string path = Path.Combine(folder, name);
                string found;
                bool page;
                using (var transfer = new WheelTransfer(_connection, _settings.Timeout, address, path, size))
                {
                    found = await transfer.RunAsync(_persistence, cancellation).ConfigureAwait(false);
                    if (!accepted.Contains(found) && transfer.WasResumed)
                    {
                        // The file may have changed in between.
                        transfer.StartAgain();
                        found = await transfer.RunAsync(_persistence, cancellation).ConfigureAwait(false);
                    }

                    page = transfer.IsPage;
                }

                return (accepted.Contains(found) ? _cache.Add(path, found) : null, found, page);
            }
            catch (IOException e) when (_cache.Abandon(e.Message) || _cache.IsAbandoned(folder))
            {
                // Once more, in the folder that stands in for the cache.
            }
            finally
            {
                WheelCache.DeleteQuietly(folder);
            }
        }
    }

    /// <summary>Where a file may be, the nearest first: pages are only asked when nothing before them had it.</summary>
    private async IAsyncEnumerable<(Uri Address, long? Size)> AddressesAsync(PackageFile file, WantedWheel wanted, List<string> reasons, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (file.Path is { } path)
        {
            yield return (new Uri(RequirementLine.FileUrl(path)), null);
        }

        if (file.Url is { } url)
        {
            if (Login.TrySplit(url, out Uri? address, out _))
            {
                yield return (new Uri(address.GetLeftPart(UriPartial.Query)), null);
            }
            else
            {
                reasons.Add($"'{Redaction.OfUrls(url)}' is not an address that can be asked");
            }
        }

        var named = new List<(Uri, long?)>();
        await foreach (IndexPage page in PagesAsync(wanted.Name, reasons, cancellation).ConfigureAwait(false))
        {
            foreach (IndexFile listed in page.Files)
            {
                bool same = listed.Sha256 is { } hash && hash == file.Sha256;
                if ((same || listed.Name == file.Name) && page.AddressOf(listed) is { } place
                    // What a page says of logins is not ours.
                    && Login.TrySplit(place.AbsoluteUri, out Uri? address, out _))
                {
                    if (same || listed.Sha256 is null)
                    {
                        yield return (address, listed.Size);
                    }
                    else
                    {
                        named.Add((address, listed.Size));
                    }
                }
            }
        }

        // By its name only: the page says another hash, and so will the file.
        foreach ((Uri, long?) last in named)
        {
            yield return last;
        }
    }

    /// <summary>All that may list files of a project.</summary>
    /// <param name="reasons">Gets what could not be asked.</param>
    private async IAsyncEnumerable<IndexPage> PagesAsync(string name, List<string> reasons, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (string place in _settings.FindLinks)
        {
            Uri? address = Login.TrySplit(place, out Uri? url, out _) ? url : Path.IsPathFullyQualified(place) ? new Uri(RequirementLine.FileUrl(place)) : null;
            if (address is { IsFile: true } && Directory.Exists(address.LocalPath))
            {
                yield return FolderOf(address);
            }
            else if (address is not null && await TryGetAsync(address, reasons, cancellation).ConfigureAwait(false) is { } page)
            {
                yield return page;
            }
        }

        foreach (Uri index in _indexes)
        {
            if (await TryGetAsync(IndexPages.AddressOf(index, name), reasons, cancellation).ConfigureAwait(false) is { } page)
            {
                yield return page;
            }
        }
    }

    private async Task<IndexPage?> TryGetAsync(Uri address, List<string> reasons, CancellationToken cancellation)
    {
        try
        {
            return await _pages.GetAsync(address, cancellation).ConfigureAwait(false);
        }
        catch (IndexFaultException e)
        {
            reasons.Add(e.Message);
            return null;
        }
    }

    /// <summary>A folder of wheels as a page without hashes.</summary>
    private static IndexPage FolderOf(Uri folder)
    {
        string path = folder.LocalPath;
        var start = new Uri(RequirementLine.FileUrl(Path.TrimEndingDirectorySeparator(path)) + "/");
        return new IndexPage(start, [.. from file in Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)
                                        let name = Path.GetFileName(file)
                                        where IndexFile.IsName(name)
                                        select new IndexFile(name, Uri.EscapeDataString(name))]);
    }

    private static PackageFile ToPackageFile(IndexPage page, IndexFile file) =>
        new(file.Name, file.Sha256 is null ? null : "sha256:" + file.Sha256) { Url = page.AddressOf(file)?.AbsoluteUri, Size = file.Size };

    private static bool IsOf(string fileName, WantedWheel wanted) =>
        WheelFileName.TryParse(fileName, out WheelFileName? wheel)
        && wheel.Name == wanted.Name
        && (wanted.Version is null
            || wheel.Version == wanted.Version
            || (DistributionVersion.TryParse(wheel.Version, out DistributionVersion? is1) && DistributionVersion.TryParse(wanted.Version, out DistributionVersion? is2) && is1.CompareTo(is2) == 0));
}
