using System.Collections.Concurrent;
using System.ComponentModel;
using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Pip;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>Has pip find, download or build wheels for a target, and takes them into the cache.</summary>
internal sealed class PipWheels(ResolveContext context)
{
    /// <summary>All that is required, with what that requires in turn.</summary>
    /// <exception cref="DiagnosticException">pip did not find, or must not take, what it was asked for.</exception>
    public Task<IReadOnlyList<ChosenWheel>> ResolveAsync(TargetRequest request) =>
        RunAsync(request, run => run with { Lines = request.Scope.Lines });

    /// <summary>The files of these lines and nothing else, held to their hashes.</summary>
    /// <exception cref="DiagnosticException">pip did not find, or must not take, what it was asked for.</exception>
    public Task<IReadOnlyList<ChosenWheel>> DownloadAsync(TargetRequest request, IEnumerable<RequirementLine> pinned) =>
        RunAsync(request, run => run with { Lines = [.. request.Settings, .. pinned], NoDependencies = true, RequireHashes = true });

    /// <summary>The local projects and repositories of these lines and nothing else.</summary>
    /// <exception cref="DiagnosticException">pip did not find, or could not build, what it was asked for.</exception>
    public Task<IReadOnlyList<ChosenWheel>> BuildAsync(TargetRequest request, IEnumerable<RequirementLine> sources) =>
        RunAsync(request, run => run with { Lines = [.. request.Settings, .. sources], NoDependencies = true });

    /// <summary>Runs pip in a folder of its own.</summary>
    private async Task<IReadOnlyList<ChosenWheel>> RunAsync(TargetRequest request, Func<PipRun, PipRun> adjust)
    {
        PythonInterpreter interpreter = await context.Python.Value.ConfigureAwait(false);
        await context.Cores.WaitAsync(context.Cancellation).ConfigureAwait(false);
        try
        {
            while (true)
            {
                string folder = context.Cache.CreateWorkDirectory();
                try
                {
                    PipRun run = adjust(new PipRun(interpreter, context.Environment)
                    {
                        Target = request.Target,
                        Lines = [],
                        AllowSdist = request.Scope.Layer.AllowSdist,
                        Arguments = context.PipArguments,
                        Folder = folder,
                        WorkingDirectory = request.Scope.Layer.ProjectDirectory,
                    });
                    PipAnswer answer = await AskAsync(run).ConfigureAwait(false);
                    foreach (string setting in answer.Unknown)
                    {
                        context.WarnOfUnknown(setting, interpreter);
                    }

                    return await Task.WhenAll(answer.Packages.Select(package => Task.Run(() => AddToCache(package, request), context.Cancellation))).ConfigureAwait(false);
                }
                catch (IOException e) when (context.Cache.Abandon(e.Message) || context.Cache.IsAbandoned(folder))
                {
                    // Once more, in the folder that stands in for the cache.
                }
                finally
                {
                    WheelCache.DeleteQuietly(folder);
                }
            }
        }
        finally
        {
            context.Cores.Release();
        }
    }

    /// <exception cref="DiagnosticException">pip did not find, or must not take, what it was asked for.</exception>
    /// <exception cref="IOException">The run's folder cannot take what pip brings.</exception>
    private async Task<PipAnswer> AskAsync(PipRun run)
    {
        PipAnswer answer;
        var early = new ConcurrentBag<Task>();
        try
        {
            answer = await (run with { OnWheel = path => early.Add(Task.Run(() => AddEarly(path, run.Folder), context.Cancellation)) }).RunAsync(context.Cancellation).ConfigureAwait(false);
        }
        catch (PipCrashException e)
        {
            throw new DiagnosticException(PipDiagnostic.Of(e, run));
        }
        catch (Win32Exception e)
        {
            throw new DiagnosticException(Diagnostic.Error("LB2001", $"{run.Python.Path} was found, but cannot be started: {e.Message}"));
        }
        finally
        {
            await Task.WhenAll(early).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return answer.Failure switch
        {
            null => answer,
            { Kind: "storage" } full => throw new IOException(full.Words),
            { } failure => throw new DiagnosticException(PipDiagnostic.Of(failure, run)),
        };
    }

    /// <summary>Takes a wheel that pip considers into the cache, and has it looked at while pip goes on.</summary>
    private void AddEarly(string path, string folder)
    {
        if (context.Options.WheelArrived is null)
        {
            return;
        }

        try
        {
            string copy = Path.Combine(folder, "arrived", Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture), Path.GetFileName(path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
            context.ReportWheel(context.Cache.Add(copy));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Pip has it, and will say if it is to be had.
        }
    }

    private ChosenWheel AddToCache(PipPackage package, TargetRequest request)
    {
        string fileName = Path.GetFileName(package.File);
        bool built = package.Kind != "wheel";
        if (built && (!WheelFileName.TryParse(fileName, out WheelFileName? name) || !name.IsPure || request.Tags.Rank(name) is null))
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB2003",
                $"{package.Name} was built from source into {fileName}, which does not load on {request.Target}: only pure Python can be built here. Ask for a version that has a wheel, or build a manylinux wheel of it elsewhere and name it in the requirements."));
        }

        string? sourceHash = package.Source is null ? null : WheelCache.Hash(package.Source);
        CachedWheel wheel = context.Cache.Add(package.File) with { Built = built };
        string? key = package.Kind switch
        {
            "archive" => BuiltWheelKey.OfArchive(sourceHash!, request.Target),
            "directory" => request.ProjectDigests.TryGetValue(package.Url, out string? digest) ? BuiltWheelKey.OfProject(digest, request.Target) : null,
            "vcs" => BuiltWheelKey.OfRepository(package.Url, request.Target),
            _ => null,
        };
        if (key is not null)
        {
            context.Cache.NoteBuilt(key, wheel.Sha256);
        }

        LockedFile? file = package.Kind switch
        {
            "wheel" => new LockedFile(wheel.Sha256, wheel.FileName),
            "archive" => new LockedFile(sourceHash!, Path.GetFileName(package.Source!)),
            _ => null,
        };
        var chosen = ChosenWheel.Create(wheel, context.MetadataOf(wheel), package.Name, package.Url);
        return file is null ? chosen : chosen with { Pin = new LockPin(chosen.Name, chosen.Version, package.Direct ? package.Url : null, file) };
    }
}
