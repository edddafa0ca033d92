using LayerBuild.Formats.Elf;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// LB3005: needed libraries that the loader finds neither in the layer (RPATH, RUNPATH, /opt/lib) nor on the system. A
/// warning: some are loaded only on demand, and a package may load a library by its path before.
/// </summary>
internal static class SharedLibraryCheck
{
    private const string Code = "LB3005";
    private const string Root = "/opt/";

    /// <summary>In the process already when a native method of Java, a gem or an assembly is loaded, by family.</summary>
    private static readonly Dictionary<RuntimeFamily, string[]> LoadedByRuntime = new()
    {
        [RuntimeFamily.Java] = ["libjvm.so", "libjava.so", "libjli.so", "libverify.so", "libawt.so", "libnet.so", "libnio.so"],
        [RuntimeFamily.DotNet] = ["libcoreclr.so", "libhostfxr.so", "libhostpolicy.so", "libclrjit.so", "libSystem.Native.so"],
    };

    public static IEnumerable<Finding> Run(InspectedLayer layer)
    {
        ILookup<string, LayerEntry>? byName = null;
        foreach ((LayerEntry entry, ElfFile elf) in layer.ElfFiles)
        {
            if (elf.Machine != layer.Architecture.ElfMachine || elf.IsMusl || elf.OtherSystem is not null)
            {
                continue;
            }

            IReadOnlyList<LambdaRuntime> runtimes = layer.RuntimesOf(entry);
            foreach (string library in elf.Needed.Distinct())
            {
                if (library.Contains('/') || InLayer(layer, entry, elf, library))
                {
                    continue;
                }

                LambdaRuntime? without = runtimes.FirstOrDefault(r => !OnSystem(r, library));
                if (without is null && (runtimes.Count > 0 || LambdaSystem.All[^1].Provides(library)))
                {
                    continue;
                }

                byName ??= Names(layer);
                LayerEntry? elsewhere = byName[library].FirstOrDefault();
                if (elsewhere is not null && (entry.Owner is not null || entry.Path.IsUnder("nodejs")))
                {
                    // A package knows how to load its own: by path, or by a parent's RPATH.
                    continue;
                }

                string system = without is null ? LambdaSystem.All[^1].Name : $"{without} ({LambdaSystem.Of(without).Name})";
                string advice = elsewhere is not null
                    ? $"The layer has it as {elsewhere.Path}, where the loader does not look: put it at lib/{library}, which is on LD_LIBRARY_PATH."
                    : LambdaSystem.Hint(library) ?? $"Put it at lib/{library} of the layer, which is on LD_LIBRARY_PATH, unless it is never loaded"
                        + $" (AllowFindings=\"{Code}:{library}\").";
                yield return Finding.Warning(Code, entry,
                    $"needs {library}, which is neither where the loader looks in the layer nor on {system}. {advice}")
                with
                { Subject = library };
            }
        }
    }

    private static bool OnSystem(LambdaRuntime runtime, string library) =>
        LambdaSystem.Of(runtime).Provides(library)
        || (LoadedByRuntime.TryGetValue(runtime.Family, out string[]? loaded) && loaded.Contains(library))
        || (runtime.Family == RuntimeFamily.Python && library is var l
            && (l == "libpython3.so" || l.StartsWith($"libpython{runtime.LanguageVersion}", StringComparison.Ordinal)))
        || (runtime.Family == RuntimeFamily.Ruby && library.StartsWith($"libruby.so.{runtime.LanguageVersion}", StringComparison.Ordinal));

    private static bool InLayer(InspectedLayer layer, LayerEntry entry, ElfFile elf, string library)
    {
        string folder = entry.Path.Value[..^entry.Path.FileName.Length].TrimEnd('/');
        foreach (string place in $"{elf.RPath}:{elf.RunPath}:{Root}lib".Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string origin = $"{Root}{folder}";
            string path = place.Replace("${ORIGIN}", origin, StringComparison.Ordinal).Replace("$ORIGIN", origin, StringComparison.Ordinal);
            if (Normalize(path) is { } found && layer.Contains($"{found}{library}"))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path below /opt, with a slash at its end or empty; null when it is not below.</summary>
    private static string? Normalize(string path)
    {
        if (!path.StartsWith(Root, StringComparison.Ordinal) && path != "/opt")
        {
            return null;
        }

        var parts = new List<string>();
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("." or ".."))
            {
                parts.Add(part);
            }
        }

        return parts is ["opt", ..] ? string.Concat(parts.Skip(1).Select(p => p + "/")) : null;
    }

    private static ILookup<string, LayerEntry> Names(InspectedLayer layer) => layer.Files
        .Where(f => f.Facts.Elf is not null || f.Entry.Kind == EntryKind.SymbolicLink)
        .SelectMany(f => new[] { f.Entry.Path.FileName, f.Facts.Elf?.Soname }.Distinct(), (f, name) => (Name: name ?? "", f.Entry))
        .ToLookup(n => n.Name, n => n.Entry);
}
