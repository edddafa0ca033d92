using System.Globalization;
using System.Text;

#if !LAYERBUILD_SHELL
namespace LayerBuild.Build;
#else
namespace LayerBuild.Tasks.UpToDate;
#endif

/// <summary>
/// What a build leaves for the next one to see whether there is anything to do: one text file, a line per fact, fields
/// separated by tabs. The engine writes it, and the shell, which loads nothing of the engine to decide, reads it: this file
/// is compiled into both.
/// </summary>
internal sealed record StateFile
{
    /// <summary>Of a layer's state, in its intermediate folder.</summary>
    public const string Name = "state.txt";

    /// <summary>Changes with the meaning of the lines: an older state is none.</summary>
    private const string Header = "layerbuild state 1";

    /// <summary>The last line. Without it the file is of a build that failed or was killed: nothing is up to date by it.</summary>
    private const string End = "finished";

    /// <summary>Name and value of everything that was known before the build began.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Inputs { get; init; } = [];

    /// <summary>Full paths of finished files. They stay known while a build of the layer runs, and after one that failed.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    public IReadOnlyList<StateArchive> Archives { get; init; } = [];

    /// <summary>Full path and <see cref="StampOf(string)"/> of outputs, and of inputs that only the build knew of.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Files { get; init; } = [];

    public IReadOnlyList<StateWarning> Warnings { get; init; } = [];

    public bool Finished { get; init; }

    /// <returns>Null when there is none, or none of this version that is whole.</returns>
    public static StateFile? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string[] lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != Header)
        {
            return null;
        }

        var inputs = new List<KeyValuePair<string, string>>();
        var outputs = new List<string>();
        var archives = new List<StateArchive>();
        var files = new List<KeyValuePair<string, string>>();
        var warnings = new List<StateWarning>();
        bool finished = false;
        for (int i = 1; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split('\t');
            for (int f = 1; f < fields.Length; f++)
            {
                fields[f] = Unescape(fields[f]);
            }

            switch (fields)
            {
                case ["input", var name, var value]:
                    inputs.Add(new(name, value));
                    break;
                case ["output", var output]:
                    outputs.Add(output);
                    break;
                case ["archive", var name, var hash, var zipped, var unzipped, var zip]:
                    archives.Add(new StateArchive(name, hash, zipped, unzipped, zip));
                    break;
                case ["file", var file, var stamp]:
                    files.Add(new(file, stamp));
                    break;
                case ["warning", var code, var file, var line, var message] when int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int number):
                    warnings.Add(new StateWarning(code, file, number, message));
                    break;
                case [End] when i == lines.Length - 1:
                    finished = true;
                    break;
                default:
                    return null;
            }
        }

        return new StateFile { Inputs = inputs, Outputs = outputs, Archives = archives, Files = files, Warnings = warnings, Finished = finished };
    }

    /// <summary>The file's text; UTF-8 without a mark on disk.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach ((string name, string value) in Inputs)
        {
            Append("input", name, value);
        }

        foreach (string output in Outputs)
        {
            Append("output", output);
        }

        foreach (StateArchive archive in Archives)
        {
            Append("archive", archive.Name, archive.CodeSha256, archive.ZippedSize, archive.UnzippedSize, archive.Path);
        }

        foreach ((string path, string stamp) in Files)
        {
            Append("file", path, stamp);
        }

        foreach (StateWarning warning in Warnings)
        {
            Append("warning", warning.Code, warning.File, warning.Line.ToString(CultureInfo.InvariantCulture), warning.Message);
        }

        return (Finished ? text.Append(End).Append('\n') : text).ToString();

        void Append(string kind, params ReadOnlySpan<string> fields)
        {
            text.Append(kind);
            foreach (string field in fields)
            {
                text.Append('\t').Append(Escape(field));
            }

            text.Append('\n');
        }
    }

    /// <summary>
    /// What changes with a file, without reading it: time of its last change (UTC ticks, hex), size (bytes), whether its owner
    /// may execute it. Of a link, its own. <c>-</c> when there is no such file: it may come.
    /// </summary>
    public static string StampOf(string path) => StampOf(new FileInfo(path));

    public static string StampOf(FileInfo file)
    {
        if (!file.Exists)
        {
            return "-";
        }

        // On Windows the mode is -1, for every file the same.
        string mode = (file.UnixFileMode & UnixFileMode.UserExecute) != 0 ? " x" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks:x} {file.Length}{mode}");
    }

    private static string Escape(string text) => text.AsSpan().IndexOfAny("\\\t\r\n") < 0
        ? text
        : text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Unescape(string field)
    {
        if (!field.Contains('\\'))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] != '\\' || i + 1 == field.Length)
            {
                text.Append(field[i]);
                continue;
            }

            i++;
            text.Append(field[i] switch
            {
                't' => '\t',
                'r' => '\r',
                'n' => '\n',
                _ => field[i],
            });
        }

        return text.ToString();
    }
}

/// <summary>A zip of a layer: one, or one for each architecture.</summary>
/// <param name="CodeSha256">Base64, as Lambda reports it.</param>
/// <param name="ZippedSize">Bytes.</param>
/// <param name="UnzippedSize">Bytes.</param>
/// <param name="Path">Full path.</param>
internal sealed record StateArchive(string Name, string CodeSha256, string ZippedSize, string UnzippedSize, string Path);

/// <summary>What the user was warned of, and is again as long as the layer is up to date.</summary>
/// <param name="File">Full path; empty for the project.</param>
/// <param name="Line">From 1; 0 when unknown.</param>
internal sealed record StateWarning(string Code, string File, int Line, string Message);
