using System.Buffers.Binary;
using System.ComponentModel;
using System.Reflection;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

/// <summary>Compiles Python with a Python of this machine, in a process of its own per call.</summary>
/// <param name="environment">The build's environment.</param>
internal sealed class BytecodeCompiler(InstalledPython python, IReadOnlyDictionary<string, string> environment)
{
    private static readonly Lazy<string> Script = new(() =>
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Steps/Stage/bytecode.py")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    });

    /// <summary>Tells apart what Pythons would write other bytes: the interpreter's file and our script.</summary>
    public string Identity { get; } = FormattableString.Invariant(
        $"{python.Path} {FileStamp.Of(new FileInfo(python.Path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? python.Path)} {Script.Value}");

    /// <summary>Name of a source's compiled file: <c>__pycache__/name.cpython-312.pyc</c> beside it.</summary>
    public string PathFor(string source)
    {
        int slash = source.LastIndexOf('/') + 1;
        return $"{source[..slash]}__pycache__/{source[slash..^3]}.cpython-{python.Version.Major}{python.Version.Minor}.pyc";
    }

    /// <summary>Compiles sources; the result of one that does not compile is empty.</summary>
    /// <param name="sources">Zip paths, and what lies there.</param>
    public async Task<byte[][]> CompileAsync(IReadOnlyList<(string Path, EntryContent Content)> sources, CancellationToken cancellation)
    {
        Dictionary<string, string> variables = new() { ["PYTHONHASHSEED"] = "0" };
        foreach (string name in (string[])["PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH"])
        {
            if (environment.TryGetValue(name, out string? value))
            {
                variables[name] = value;
            }
        }

        // Nothing of the user's Python set-up: no site-packages, no user folder, no .pyc of our own script.
        var process = new ChildProcess(python.Path, ["-s", "-S", "-B", "-W", "ignore", "-c", Script.Value])
        {
            WorkingDirectory = Path.GetDirectoryName(python.Path)!,
            Environment = variables,
        };
        try
        {
            return await process.ConverseAsync(input => Write(input, sources), output => ReadFramesAsync(output, sources.Count), cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB2022", $"Python {python.Version} ({python.Path}) failed to compile the layer's bytecode: {e.Message} Set Bytecode=\"none\", or repair that Python."));
        }
        catch (Win32Exception e)
        {
            throw new DiagnosticException(Diagnostic.Error("LB2022", $"Python {python.Version} ({python.Path}) could not be started: {e.Message}"));
        }
    }

    private static void Write(Stream target, IReadOnlyList<(string Path, EntryContent Content)> sources)
    {
        byte[] length = new byte[4];
        foreach ((string path, EntryContent content) in sources)
        {
            WriteFrame(Encoding.UTF8.GetBytes("/opt/" + path));
            using Stream stream = content.Open();
            byte[] source = new byte[content.Size];
            stream.ReadExactly(source);
            WriteFrame(source);
        }

        void WriteFrame(byte[] bytes)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            target.Write(length);
            target.Write(bytes);
        }
    }

    private static async Task<byte[][]> ReadFramesAsync(Stream source, int count)
    {
        byte[][] frames = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            frames[i] = await ReadFrameAsync(source).ConfigureAwait(false);
        }

        return frames;
    }

    private static async Task<byte[]> ReadFrameAsync(Stream source)
    {
        byte[] length = new byte[4];
        await source.ReadExactlyAsync(length).ConfigureAwait(false);
        byte[] bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        await source.ReadExactlyAsync(bytes).ConfigureAwait(false);
        return bytes;
    }
}
