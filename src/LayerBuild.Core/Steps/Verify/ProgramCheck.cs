using LayerBuild.Diagnostics;
using LayerBuild.Formats.Elf;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// LB3006: what Lambda or a PATH starts (<c>bootstrap</c>, <c>extensions/*</c>, <c>bin/*</c>) must be a program there:
/// executable, of a format that the kernel knows, and with an interpreter that exists.
/// </summary>
internal static class ProgramCheck
{
    private const string Code = "LB3006";

    private static readonly string[] Shells =
    [
        "/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash", "/usr/bin/env", "/bin/env", "/bin/awk", "/usr/bin/awk", "/bin/sed",
        "/usr/bin/sed", "/bin/cat", "/usr/bin/cat", "/bin/true", "/usr/bin/true",
    ];

    private static readonly string[] Tools = ["sh", "bash", "awk", "gawk", "sed", "cat", "env", "true"];

    private static readonly string[] Loaders =
        ["/lib64/ld-linux-x86-64.so.2", "/usr/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/usr/lib/ld-linux-aarch64.so.1"];

    public static IEnumerable<Finding> Run(InspectedLayer layer)
    {
        foreach ((LayerEntry entry, FileFacts facts) in Candidates(layer))
        {
            Place? place = PlaceOf(layer, entry);
            IEnumerable<Finding> found = place is not null ? CheckEntry(layer, entry, facts, place.Value)
                : facts.Elf?.Interpreter is { } loader && !HasLoader(layer, loader, facts.Elf) ? [MissingLoader(layer, entry, loader, Severity.Warning)]
                : [];
            foreach (Finding finding in found)
            {
                yield return finding;
            }
        }
    }

    /// <summary>Nearly all files of a layer are modules and their data.</summary>
    private static List<(LayerEntry Entry, FileFacts Facts)> Candidates(InspectedLayer layer)
    {
        var candidates = new List<(LayerEntry Entry, FileFacts Facts)>();
        for (int i = 0; i < layer.Facts.Count; i++)
        {
            LayerEntry entry = layer.Tree.Entries[i];
            if (!(ReferenceEquals(layer.Facts[i], FileFacts.Nothing) && IsSource(entry.Path)) && entry.Kind != EntryKind.SymbolicLink)
            {
                candidates.Add((entry, layer.Facts[i]));
            }
        }

        return candidates;
    }

    private static bool IsSource(ZipPath path) =>
        path.Value.StartsWith("python/", StringComparison.Ordinal) || path.Value.StartsWith("nodejs/", StringComparison.Ordinal);

    private enum Place
    {
        Bootstrap,
        Extension,
        BelowExtensions,
        Bin,

        /// <summary>An executable at the layer's root, like a wrapper script of AWS_LAMBDA_EXEC_WRAPPER.</summary>
        Root,
    }

    private static Place? PlaceOf(InspectedLayer layer, LayerEntry entry)
    {
        string path = entry.Path.Value;
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            // A managed runtime has its own bootstrap and does not look at another.
            bool custom = path == "bootstrap" && (layer.Layer.Runtimes.Count == 0 || layer.Layer.Runtimes.Any(r => r.Family is RuntimeFamily.Provided or RuntimeFamily.Go));
            return custom ? Place.Bootstrap : entry.Kind == EntryKind.Executable ? Place.Root : null;
        }

        bool direct = path.IndexOf('/', slash + 1) < 0;
        return path[..slash] switch
        {
            "extensions" => direct ? Place.Extension : Place.BelowExtensions,
            // The scripts of a wheel are for whoever installs it on a machine; nothing in Lambda calls them unless the user does.
            "bin" when direct && entry.Owner is null => Place.Bin,
            _ => null,
        };
    }

    private static IEnumerable<Finding> CheckEntry(InspectedLayer layer, LayerEntry entry, FileFacts facts, Place place)
    {
        if (place == Place.BelowExtensions)
        {
            yield return Finding.Error(Code, entry, "is in a subfolder of extensions/, where Lambda expects only programs. "
                + "Put what an extension needs in a folder of its own beside extensions/.");
            yield break;
        }

        bool isProgram = facts.Format is FileFormat.Elf or FileFormat.Script;
        Severity severity = place is Place.Bootstrap or Place.Extension ? Severity.Error : Severity.Warning;
        string starter = place switch
        {
            Place.Bootstrap => "Lambda starts it as the runtime",
            Place.Extension => "Lambda starts every file of extensions/ as a program",
            _ => "It is where programs are started from",
        };
        if (!isProgram)
        {
            // PlatformCheck reports Windows and macOS programs; data in bin/ does no harm.
            if (place is Place.Bootstrap or Place.Extension && facts.Format == FileFormat.Other)
            {
                string what = place == Place.Extension
                    ? "Put data beside extensions/, and start a script with its interpreter (#!/bin/sh)."
                    : "Start a script with its interpreter (#!/bin/sh), or put a Linux program in its place.";
                yield return Finding.Error(Code, entry, $"is neither a Linux program nor a script that begins with #!. {starter}, and that will fail. {what}");
            }

            yield break;
        }

        if (entry.Kind != EntryKind.Executable)
        {
            yield return new Finding(Code, severity, entry, $"is not executable. {starter} (\"Permission denied\"). "
                + "Set its x bit (chmod +x, or git update-index --chmod=+x if it comes from a checkout on Windows).");
        }

        if (facts.Format == FileFormat.Script)
        {
            foreach (Finding finding in CheckScript(layer, entry, facts, place))
            {
                yield return finding;
            }
        }
        else if (facts.Elf is { } elf && elf.Machine == layer.Architecture.ElfMachine)
        {
            if (elf.Interpreter is { } loader && !HasLoader(layer, loader, elf))
            {
                yield return MissingLoader(layer, entry, loader, place == Place.Root ? Severity.Warning : Severity.Error);
            }
            else if (elf is { Type: ElfType.Shared, Interpreter: null, Needed.Count: > 0, IsMusl: false } && place is Place.Extension or Place.Bootstrap)
            {
                yield return Finding.Error(Code, entry, $"is a shared library, not a program. {starter}. Put libraries in lib/.");
            }
        }
    }

    private static IEnumerable<Finding> CheckScript(InspectedLayer layer, LayerEntry entry, FileFacts facts, Place place)
    {
        string shebang = facts.Shebang ?? "";
        if (facts.CarriageReturn)
        {
            yield return Finding.Error(Code, entry, "has Windows line endings (CRLF): the kernel looks for an interpreter whose name ends "
                + "in a carriage return. Save it with LF (a .gitattributes line '* text=auto eol=lf' keeps it so).");
            yield break;
        }

        Severity severity = place == Place.Root ? Severity.Warning : Severity.Error;
        foreach (LambdaRuntime? runtime in layer.Layer.Runtimes.Count > 0 ? layer.Layer.Runtimes : [null!])
        {
            if (MissingInterpreter(layer, runtime, shebang) is { } missing)
            {
                string where = runtime is null ? "Lambda's systems do" : $"{runtime} does";
                yield return new Finding(Code, severity, entry, $"is a script for {missing}, which {where} not have. "
                    + "Start it with an interpreter that is there (#!/bin/sh, #!/bin/bash; #!/var/lang/bin/python3 in Python runtimes, #!/var/lang/bin/node in Node.js runtimes), "
                    + "or put the interpreter in the layer, below /opt.");
                yield break;
            }
        }
    }

    /// <summary>The interpreter of a script, when the runtime does not have it.</summary>
    private static string? MissingInterpreter(InspectedLayer layer, LambdaRuntime? runtime, string shebang)
    {
        string[] words = shebang.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return "no interpreter";
        }

        string interpreter = words[0];
        if (interpreter.EndsWith("/env", StringComparison.Ordinal) && Shells.Contains(interpreter))
        {
            // env -S splits what follows; NAME=value sets a variable.
            string? command = words.Skip(1).FirstOrDefault(w => !w.StartsWith('-') && !w.Contains('='));
            return command is null || Tools.Contains(command) || layer.Contains($"bin/{command}") || LanguageOf(runtime).Contains(command)
                ? null
                : $"{interpreter} {command}";
        }

        if (interpreter.StartsWith("/opt/", StringComparison.Ordinal))
        {
            return layer.Contains(interpreter["/opt/".Length..]) ? null : interpreter;
        }

        return Shells.Contains(interpreter) || LanguageOf(runtime).Any(name => interpreter == $"/var/lang/bin/{name}") ? null : interpreter;
    }

    /// <summary>The programs of a runtime's language in /var/lang/bin.</summary>
    private static string[] LanguageOf(LambdaRuntime? runtime) => runtime?.Family switch
    {
        RuntimeFamily.Python => ["python3", $"python{runtime.LanguageVersion}", "python"],
        RuntimeFamily.Node => ["node"],
        RuntimeFamily.Ruby => ["ruby"],
        RuntimeFamily.Java => ["java"],
        RuntimeFamily.DotNet => ["dotnet"],
        _ => [],
    };

    private static bool HasLoader(InspectedLayer layer, string loader, ElfFile elf) =>
        elf.IsMusl // PlatformCheck's to say
        || Loaders.Contains(loader)
        || (loader.StartsWith("/opt/", StringComparison.Ordinal) && layer.Contains(loader["/opt/".Length..]));

    private static Finding MissingLoader(InspectedLayer layer, LayerEntry entry, string loader, Severity severity) => new(Code, severity, entry,
        $"is started by {loader}, which does not exist in Lambda: it was built for a system other than plain Linux with glibc. "
        + $"Build it so that its interpreter is {(layer.Architecture == Architecture.X64 ? Loaders[0] : Loaders[2])}, or link it statically.");
}
