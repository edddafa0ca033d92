using System.Collections.Concurrent;
using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>One target's packages, or why there are none.</summary>
/// <param name="Unfit">Why a lock file does not serve, in words; resolving anew may help.</param>
/// <param name="Problem">Resolving anew would not help.</param>
internal sealed record TargetOutcome(IReadOnlyList<ResolvedWheel> Wheels, IReadOnlyList<LockPin> Pins, string? Unfit, Diagnostic? Problem)
{
    /// <summary>A package that no lock file can hold, nor the requirements name.</summary>
    public string? Unlockable { get; init; }

    public static TargetOutcome Failed(Diagnostic problem) => new([], [], null, problem);

    public static TargetOutcome NotLocked(string reason) => new([], [], reason, null);
}

/// <summary>Finds the wheels of one target, from a lock file or with pip, and puts them into the cache.</summary>
/// <param name="python">Looked for when it is first needed.</param>
/// <param name="cores">How many pips may run side by side.</param>
internal sealed class TargetResolver(
    ResolveOptions options,
    WheelCache cache,
    PipEnvironment environment,
    Lazy<Task<PythonInterpreter>> python,
    SemaphoreSlim cores,
    CancellationToken cancellation)
{
    private readonly ConcurrentDictionary<string, WheelMetadata?> _metadata = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<TargetOutcome>>> _resolved = new(StringComparer.Ordinal);

    /// <summary>Resolves with pip; once for the same requirements and target, whoever asks.</summary>
    public Task<TargetOutcome> ResolveAsync(LockScope scope, PythonTarget target)
    {
        string key = string.Join('\n', [target.Id, string.Join(',', scope.Layer.AllowSdist.Order(StringComparer.Ordinal)), .. scope.Lines.Select(l => $"{l.Kind} {l.Text}")]);
        return _resolved.GetOrAdd(key, _ => new Lazy<Task<TargetOutcome>>(() => ResolveOnceAsync(scope, target))).Value;
    }

    /// <summary>
    /// Verifies the wheels of the cache that a lock file names, on a core that has nothing to do while requirements are read;
    /// a file that turns out not to fit has cost nothing that is waited for.
    /// </summary>
    public void LookAhead(LockFile locked)
    {
        foreach (LockedFile file in locked.Entries.SelectMany(e => e.Files))
        {
            cancellation.ThrowIfCancellationRequested();
            if (cache.Find(file.Sha256) is { } wheel)
            {
                Report(wheel);
            }
        }
    }

    /// <summary>Takes what the lock file says, from the cache where it can.</summary>
    public async Task<TargetOutcome> FromLockAsync(LockScope scope, LockFile locked, PythonTarget target)
    {
        try
        {
            return await InstallLockedAsync(scope, locked, target).ConfigureAwait(false);
        }
        catch (DiagnosticException e)
        {
            return TargetOutcome.Failed(e.Diagnostic);
        }
    }

    private async Task<TargetOutcome> ResolveOnceAsync(LockScope scope, PythonTarget target)
    {
        try
        {
            // Before the build: a file that changes under it must count as changed.
            Dictionary<string, string> trees = scope.Lines.Where(l => l.IsLocalProject).Select(l => l.LocalPath!).Distinct()
                .ToDictionary(RequirementLine.FileUrl, path => new LocalProject(path).TreeDigest(), StringComparer.Ordinal);
            IReadOnlyList<ChosenWheel> chosen = await RunAsync(scope, target, scope.Lines, trees, run => run).ConfigureAwait(false);
            string? unlockable = chosen.Where(c => c.Pin is null && !scope.Lines.Any(l => l.AppliesTo(target) && l.Names(c.Name, c.Url))).Select(c => c.Name).FirstOrDefault();
            return new TargetOutcome(PackageGraph.Connect(chosen, scope.Lines, target, out _), [.. chosen.Select(c => c.Pin).OfType<LockPin>()], null, null)
            {
                Unlockable = unlockable,
            };
        }
        catch (DiagnosticException e)
        {
            return TargetOutcome.Failed(e.Diagnostic);
        }
    }

    private async Task<TargetOutcome> InstallLockedAsync(LockScope scope, LockFile locked, PythonTarget target)
    {
        WheelTags tags = WheelTags.For(target);
        var chosen = new ConcurrentBag<ChosenWheel>();
        var missing = new ConcurrentBag<LockEntry>();
        string? unfit = null;
        LockEntry[] entries = [.. locked.Entries.Where(e => e.AppliesTo(target))];
        if (entries.CountBy(e => e.Name).FirstOrDefault(n => n.Value > 1).Key is { } twice)
        {
            return TargetOutcome.NotLocked($"it has more than one version of {twice} for {target}");
        }

        Parallel.ForEach(entries, new ParallelOptions { CancellationToken = cancellation }, entry =>
        {
            (LockedFile? file, string? reason) = Pick(entry, tags, target);
            if (reason is not null)
            {
                unfit = reason;
            }
            else if (file is not null && (IsWheel(file) ? cache.Find(file.Sha256) : cache.FindBuilt(SourceKey(file.Sha256, target))) is { } wheel)
            {
                chosen.Add(Choose(wheel, entry.Name, PlaceOf(entry, scope), null));
                Report(wheel);
            }
            else
            {
                missing.Add(entry);
            }
        });
        if (unfit is not null)
        {
            return TargetOutcome.NotLocked(unfit);
        }

        missing = await FetchAsync(missing, tags, target, (entry, wheel) => chosen.Add(Choose(wheel, entry.Name, PlaceOf(entry, scope), null))).ConfigureAwait(false);
        var toBuild = new List<RequirementLine>();
        var trees = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (RequirementLine line in scope.Lines.Where(l => l.AppliesTo(target) && (l.IsLocalProject || l.IsRepository)))
        {
            string? key = line.IsLocalProject ? TreeKey(trees[RequirementLine.FileUrl(line.LocalPath!)] = new LocalProject(line.LocalPath!).TreeDigest(), target) : RepositoryKey(line.Url!, target);
            if (key is not null && cache.FindBuilt(key) is { } wheel && WheelFileName.TryParse(wheel.FileName, out WheelFileName? name))
            {
                chosen.Add(Choose(wheel, name.Name, line.Url ?? RequirementLine.FileUrl(line.LocalPath!), null));
            }
            else
            {
                toBuild.Add(line);
            }
        }

        RequirementLine[] settings = [.. scope.Lines.Where(l => l.Kind == RequirementKind.Option && !SetsHashes(l))];
        if (!missing.IsEmpty)
        {
            RequirementLine[] pinned = [.. missing.OrderBy(e => e.Number).Select(e => ToLine(e, scope))];
            foreach (ChosenWheel wheel in await RunAsync(scope, target, [.. settings, .. pinned], trees, run => run with { NoDependencies = true, RequireHashes = true }).ConfigureAwait(false))
            {
                chosen.Add(wheel);
            }
        }

        if (toBuild.Count > 0)
        {
            foreach (ChosenWheel wheel in await RunAsync(scope, target, [.. settings, .. toBuild], trees, run => run with { NoDependencies = true }).ConfigureAwait(false))
            {
                chosen.Add(wheel);
            }
        }

        if (chosen.CountBy(c => c.Name).FirstOrDefault(n => n.Value > 1).Key is { } both)
        {
            return TargetOutcome.NotLocked($"it pins {both}, which the requirements build from source");
        }

        IReadOnlyList<ResolvedWheel> wheels = PackageGraph.Connect([.. chosen], scope.Lines, target, out string? lacking);
        return lacking is not null && !locked.Untouched && !CommandLine.Split(options.PipArguments).Contains("--no-deps")
            ? TargetOutcome.NotLocked($"it lacks {lacking} on {target}")
            : new TargetOutcome(wheels, [], null, null);
    }

    /// <summary>Brings what other machines have.</summary>
    /// <returns>What they do not have.</returns>
    private async Task<ConcurrentBag<LockEntry>> FetchAsync(ConcurrentBag<LockEntry> missing, WheelTags tags, PythonTarget target, Action<LockEntry, CachedWheel> take)
    {
        if (options.FetchWheel is not { } fetch || missing.IsEmpty)
        {
            return missing;
        }

        string folder = cache.CreateWorkDirectory();
        try
        {
            var left = new ConcurrentBag<LockEntry>();
            await Task.WhenAll(missing.Select(async entry =>
            {
                LockedFile? file = Pick(entry, tags, target).File;
                if (file is not null && IsWheel(file)
                    && await fetch(file.Sha256, folder, cancellation).ConfigureAwait(false) is { } path
                    && Path.GetFileName(path) == file.FileName)
                {
                    take(entry, cache.Add(path));
                }
                else
                {
                    left.Add(entry);
                }
            })).ConfigureAwait(false);
            return left;
        }
        finally
        {
            DeleteQuietly(folder);
        }
    }

    /// <summary>
    /// The file of an entry that serves the target best: by the names that the lock file gives, else by those of the
    /// cache. Neither file nor reason: pip must say.
    /// </summary>
    private (LockedFile? File, string? Reason) Pick(LockEntry entry, WheelTags tags, PythonTarget target)
    {
        LockedFile[] files = [.. entry.Files.Select(f => f.FileName is null ? f with { FileName = cache.NameOf(f.Sha256) } : f)];
        if (files.Any(f => f.FileName is null))
        {
            return (null, null);
        }

        LockedFile? wheel = tags.Best(files, f => f.FileName);
        LockedFile? source = files.FirstOrDefault(f => !IsWheel(f));
        return wheel is not null || source is not null
            ? (wheel ?? source, null)
            : (null, $"it has no file of {entry.Name} {entry.Version} that loads on {target} ({string.Join(", ", files.Select(f => f.FileName))})");
    }

    /// <summary>Runs pip in a folder of its own and takes what it left into the cache.</summary>
    /// <param name="trees">Digests of local projects, by their URL.</param>
    /// <exception cref="DiagnosticException">It did not find, or must not take, what it was asked for.</exception>
    private async Task<IReadOnlyList<ChosenWheel>> RunAsync(
        LockScope scope,
        PythonTarget target,
        IReadOnlyList<RequirementLine> lines,
        Dictionary<string, string> trees,
        Func<PipRun, PipRun> adjust)
    {
        PythonInterpreter interpreter = await python.Value.ConfigureAwait(false);
        await cores.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            while (true)
            {
                string folder = cache.CreateWorkDirectory();
                try
                {
                    return await RunAsync(adjust(new PipRun(interpreter, environment)
                    {
                        Target = target,
                        Lines = lines,
                        AllowSdist = scope.Layer.AllowSdist,
                        Arguments = CommandLine.Split(options.PipArguments),
                        Folder = folder,
                        WorkingDirectory = scope.Layer.ProjectDirectory,
                    }), trees).ConfigureAwait(false);
                }
                catch (IOException e) when (cache.Abandon(e.Message) || cache.IsAbandoned(folder))
                {
                    // Once more, in the folder that stands in for the cache.
                }
                finally
                {
                    DeleteQuietly(folder);
                }
            }
        }
        finally
        {
            cores.Release();
        }
    }

    /// <exception cref="IOException">The run's folder cannot take what pip brings.</exception>
    private async Task<IReadOnlyList<ChosenWheel>> RunAsync(PipRun run, Dictionary<string, string> trees)
    {
        PipAnswer answer;
        var arrivals = new ConcurrentBag<Task>();
        try
        {
            answer = await (run with { OnWheel = path => arrivals.Add(Task.Run(() => AddToCache(path, run.Folder), cancellation)) }).RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (PipCrashException e)
        {
            throw new DiagnosticException(ResolutionFailure.Describe(e, run));
        }
        catch (Win32Exception e)
        {
            throw new DiagnosticException(Diagnostic.Error("LB2001", $"{run.Python.Path} was found, but cannot be started: {e.Message}"));
        }
        finally
        {
            await Task.WhenAll(arrivals).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return answer.Failure switch
        {
            { Kind: "storage" } full => throw new IOException(full.Words),
            { } failure => throw new DiagnosticException(ResolutionFailure.Describe(failure, run)),
            null => await Task.WhenAll(answer.Packages.Select(package => Task.Run(() => ToChosenWheel(package, run.Target, trees), cancellation))).ConfigureAwait(false),
        };
    }

    /// <summary>Takes a wheel that pip considers into the cache, and has it looked at while pip goes on.</summary>
    private void AddToCache(string path, string folder)
    {
        if (options.WheelArrived is null)
        {
            return;
        }

        try
        {
            string copy = Path.Combine(folder, "arrived", Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture), Path.GetFileName(path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
            Report(cache.Add(copy));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Pip has it, and will say if it is to be had.
        }
    }

    private void Report(CachedWheel wheel)
    {
        try
        {
            options.WheelArrived?.Invoke(wheel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DiagnosticException)
        {
            // If the wheel is chosen, whatever is wrong with it will be said then.
        }
    }

    private ChosenWheel ToChosenWheel(PipPackage package, PythonTarget target, Dictionary<string, string> trees)
    {
        string fileName = Path.GetFileName(package.File);
        bool built = package.Kind != "wheel";
        if (built && (!WheelFileName.TryParse(fileName, out WheelFileName? name) || !name.IsPure || WheelTags.For(target).Rank(name) is null))
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB2003",
                $"{package.Name} was built from source and came out as {fileName}, which is not for {target}: only pure Python can be built here. Ask for a version that has a wheel, or build a manylinux wheel of it elsewhere and name it in the requirements."));
        }

        string? sourceHash = package.Source is null ? null : WheelCache.Hash(package.Source);
        CachedWheel wheel = cache.Add(package.File) with { Built = built };
        string? key = package.Kind switch
        {
            "archive" => SourceKey(sourceHash!, target),
            "directory" => trees.TryGetValue(package.Url, out string? tree) ? TreeKey(tree, target) : null,
            "vcs" => RepositoryKey(package.Url, target),
            _ => null,
        };
        if (key is not null)
        {
            cache.NoteBuilt(key, wheel.Sha256);
        }

        string? place = package.Direct ? package.Url : null;
        LockedFile? file = package.Kind switch
        {
            "wheel" => new LockedFile(wheel.Sha256, wheel.FileName),
            "archive" => new LockedFile(sourceHash!, Path.GetFileName(package.Source!)),
            _ => null,
        };
        return Choose(wheel, package.Name, package.Url, file is null ? null : (place, file));
    }

    private ChosenWheel Choose(CachedWheel wheel, string name, string? url, (string? Place, LockedFile File)? pin)
    {
        WheelMetadata? metadata = _metadata.GetOrAdd(wheel.Sha256, _ => MetadataNote.Read(wheel, cache));
        string version = metadata?.Version ?? (WheelFileName.TryParse(wheel.FileName, out WheelFileName? parsed) ? parsed.Version : "");
        return new ChosenWheel(wheel, metadata, name, version, url, pin is { } p ? new LockPin(name, version, p.Place, p.File) : null);
    }

    /// <summary>Where the requirements say that an entry comes from, to tell whether they name it.</summary>
    private static string? PlaceOf(LockEntry entry, LockScope scope) => entry.Place is null ? null
        : entry.Place.Contains("://", StringComparison.Ordinal) ? entry.Place
        : RequirementLine.FileUrl(Path.GetFullPath(entry.Place, Path.GetDirectoryName(scope.Path)!));

    /// <summary>A line for pip: of a place, as the requirements write it, since they may hold what a lock file must not.</summary>
    private static RequirementLine ToLine(LockEntry entry, LockScope scope)
    {
        string? place = PlaceOf(entry, scope);
        RequirementLine? named = place is null ? null : scope.Lines.FirstOrDefault(l => l.Kind == RequirementKind.Requirement && l.Names("", place));
        string specifier = named is null ? entry.Place is null ? entry.Specifier : $"{entry.Name} @ {place}" : WithoutOptions(named.Text);
        string text = specifier + string.Concat(entry.Files.Select(f => $" --hash=sha256:{f.Sha256}"));
        return new RequirementLine(RequirementKind.Requirement, text, entry.Specifier, scope.Path, entry.Number)
        {
            Requirement = Requirement.TryParse(entry.Specifier),
            Url = entry.Place is null ? null : place,
        };
    }

    private static string WithoutOptions(string text)
    {
        int options = text.IndexOf(" --", StringComparison.Ordinal);
        return options < 0 ? text : text[..options];
    }

    private static bool SetsHashes(RequirementLine line) => line.Text.StartsWith("--require-hashes", StringComparison.Ordinal);

    private static bool IsWheel(LockedFile file) => file.FileName!.EndsWith(".whl", StringComparison.Ordinal);

    private static string SourceKey(string sha256, PythonTarget target) => $"source-{sha256}-{target.Python}";

    private static string TreeKey(string digest, PythonTarget target) => $"tree-{digest}-{target.Python}";

    /// <summary>Only a whole commit hash stands for a content.</summary>
    private static string? RepositoryKey(string url, PythonTarget target)
    {
        string revision = url[(url.LastIndexOf('@') + 1)..];
        return revision.Length == 40 && revision.All(char.IsAsciiHexDigitLower)
            ? $"commit-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))}-{target.Python}"
            : null;
    }

    private static void DeleteQuietly(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Swept with the cache's other leftovers.
        }
    }
}
