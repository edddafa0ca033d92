using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Locks;
using LayerBuild.Steps.Resolve.Pip;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>
/// Fetches what a lock file of ours pins and the cache lacks, without Python, by the settings that pip would follow. What it
/// cannot get is left to pip.
/// </summary>
internal sealed class LockedDownloads(ResolveOptions options, WheelCache cache, PipEnvironment environment, DiagnosticLog log, CancellationToken cancellation) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<WheelDownloader>> _downloaders = new(StringComparer.Ordinal);
    private readonly RequirementVariables _variables = new(environment.Find);
    private int _told;

    /// <param name="missing">Entries for the target that are not in the cache.</param>
    /// <param name="take">Gets each wheel that came; from several threads.</param>
    /// <param name="python">Runs pip; looked for when something is left to it.</param>
    /// <returns>What is left to pip.</returns>
    /// <exception cref="DiagnosticException">LB2004: a file is not what is pinned. LB2019: something could not be had, and there is no pip to ask.</exception>
    public async Task<IReadOnlyCollection<LockEntry>> TakeAsync(
        IReadOnlyCollection<LockEntry> missing,
        TargetRequest request,
        Action<LockEntry, CachedWheel> take,
        Lazy<Task<PythonInterpreter>> python)
    {
        if (missing.Count == 0)
        {
            return missing;
        }

        LockScope scope = request.Scope;
        WheelDownloader downloader = DownloaderOf(scope);
        (LockEntry Entry, DownloadOutcome Outcome)[] outcomes = await Task.WhenAll(missing.OrderBy(e => e.Number).Select(async entry =>
        {
            DownloadOutcome outcome = await downloader.TakeAsync(WantedOf(entry, scope, downloader), request.Tags, cancellation).ConfigureAwait(false);
            if (outcome.Wheel is { } wheel)
            {
                take(entry, wheel);
            }

            return (entry, outcome);
        })).ConfigureAwait(false);
        (LockEntry Entry, DownloadOutcome Outcome)[] left = [.. outcomes.Where(o => o.Outcome.Wheel is null)];
        CheckHashes(left, request);
        await CheckPythonAsync(left, request, python).ConfigureAwait(false);
        return [.. left.Select(l => l.Entry)];
    }

    public void Dispose()
    {
        foreach (Lazy<WheelDownloader> downloader in _downloaders.Values)
        {
            downloader.Value.Dispose();
        }
    }

    private static void CheckHashes((LockEntry Entry, DownloadOutcome Outcome)[] left, TargetRequest request)
    {
        (LockEntry Entry, HashMismatch Mismatch)[] wrong = [.. left.Where(l => l.Outcome.Mismatch is not null).Select(l => (l.Entry, l.Outcome.Mismatch!))];
        if (wrong.Length > 0)
        {
            throw new DiagnosticException(HashMismatch.ToDiagnostic(request.Target, wrong.Select(w => w.Mismatch.ToString())) with
            {
                File = request.Scope.Path,
                Line = wrong[0].Entry.Number,
            });
        }
    }

    /// <summary>Without a pip to ask, what went wrong here is what there is to say, and not that there is no Python.</summary>
    private async Task CheckPythonAsync((LockEntry Entry, DownloadOutcome Outcome)[] left, TargetRequest request, Lazy<Task<PythonInterpreter>> python)
    {
        (LockEntry Entry, DownloadOutcome Outcome)[] failed = [.. left.Where(l => !l.Outcome.NeedsBuild)];
        if (failed.Length == 0)
        {
            return;
        }

        string names = string.Join(", ", failed.Select(f => f.Entry.Specifier));
        string reasons = string.Join("; ", failed.SelectMany(f => f.Outcome.Reasons.DefaultIfEmpty($"no index lists a file of {f.Entry.Name} with the hash of the lock file")).Distinct());
        try
        {
            await python.Value.ConfigureAwait(false);
        }
        catch (DiagnosticException e) when (e.Diagnostic.Code == "LB2001")
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB2019",
                $"what {request.Scope.LockName} pins could not be downloaded for {request.Target}: {names}, because {reasons}. There is no Python here whose pip could be asked instead.")
                with
            {
                File = request.Scope.Path,
                Line = failed[0].Entry.Number,
            });
        }

        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            log.Note($"pip is asked for what could not be downloaded directly: {names}, because {reasons}.");
        }
    }

    /// <summary>One for all lock files whose requirements name the same indexes.</summary>
    private WheelDownloader DownloaderOf(LockScope scope)
    {
        IReadOnlyList<string>[] lines = [.. scope.Lines.Where(l => l.Kind == RequirementKind.Option).Select(l => CommandLine.Split(Expand(l.Text)))];
        string key = string.Join('\n', [scope.Layer.ProjectDirectory, .. lines.Select(l => string.Join(' ', l))]);
        return _downloaders.GetOrAdd(key, _ => new Lazy<WheelDownloader>(() => new WheelDownloader(
            PipSettings.Read(environment.Variables, scope.Layer.ProjectDirectory, lines, CommandLine.Split(options.PipArguments)),
            cache,
            TimeProvider.System))).Value;
    }

    private WantedWheel WantedOf(LockEntry entry, LockScope scope, WheelDownloader downloader)
    {
        string? url = entry.Place is { } place && place.Contains("://", StringComparison.Ordinal) ? place : null;
        string? path = entry.Place is null || url is not null ? null : Path.GetFullPath(entry.Place, Path.GetDirectoryName(scope.Path)!);
        if (url is not null && scope.Lines.FirstOrDefault(l => l.Kind == RequirementKind.Requirement && l.Names("", url)) is { } written)
        {
            // The requirements may hold credentials, which a lock file must not.
            string text = Expand(written.Text);
            int scheme = text.IndexOf("://", StringComparison.Ordinal);
            int start = text.LastIndexOf(' ', Math.Max(scheme, 0)) + 1;
            int end = text.IndexOf(' ', Math.Max(scheme, 0));
            downloader.Learn(end < 0 ? text[start..] : text[start..end]);
        }

        return new WantedWheel(entry.Name, entry.Version, [.. entry.Files.Select(f => new PackageFile(f.FileName ?? NameIn(url ?? path), "sha256:" + f.Sha256) { Url = url, Path = path })]);
    }

    private static string? NameIn(string? place) => place is null ? null : PackageFile.NameIn(place);

    private string Expand(string text) => _variables.Expand(text);
}
