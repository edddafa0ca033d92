using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace LayerBuild.Files;

/// <summary>What a child process left.</summary>
internal sealed record ChildProcessResult(int ExitCode, string Output, string Error);

/// <summary>A program that a step runs: its output is captured, and cancelling ends it with all its children.</summary>
internal sealed record ChildProcess(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>Full path of the folder it starts in.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>All of its environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What it reads from standard input, which then ends.</summary>
    public string Input { get; init; } = "";

    /// <summary>Sees each line of its output as it comes; must return at once.</summary>
    public Action<string>? OnLine { get; init; }

    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public async Task<ChildProcessResult> RunAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using Process process = Start();
        await using (cancellation.Register(static state => Kill((Process)state!), process))
        {
            Task<string> output = OnLine is null ? process.StandardOutput.ReadToEndAsync(CancellationToken.None) : ReadLinesAsync(process.StandardOutput, OnLine);
            Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            try
            {
                await process.StandardInput.WriteAsync(Input.AsMemory(), cancellation).ConfigureAwait(false);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its exit code tells why.
            }

            // A grandchild that outlived the kill may hold the pipes open: do not wait for them once cancelled.
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            var result = new ChildProcessResult(
                process.ExitCode,
                await output.WaitAsync(cancellation).ConfigureAwait(false),
                await error.WaitAsync(cancellation).ConfigureAwait(false));
            cancellation.ThrowIfCancellationRequested();
            return result;
        }
    }

    /// <summary>Runs it while <paramref name="write"/> feeds its input and <paramref name="read"/> takes its output, in bytes.</summary>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    /// <exception cref="IOException">It ended before it had read or written everything; the message is what it wrote to standard error.</exception>
    public async Task<T> ConverseAsync<T>(Action<Stream> write, Func<Stream, Task<T>> read, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using Process process = Start();
        await using CancellationTokenRegistration killing = cancellation.Register(static state => Kill((Process)state!), process);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        Task writing = Task.Run(
            () =>
            {
                using Stream input = process.StandardInput.BaseStream;
                write(input);
            },
            CancellationToken.None);
        T result;
        try
        {
            result = await read(process.StandardOutput.BaseStream).ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }
        catch (IOException)
        {
            Kill(process);
            cancellation.ThrowIfCancellationRequested();
            throw new IOException((await errors.ConfigureAwait(false)).Trim());
        }

        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        return result;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(FileName)
        {
            WorkingDirectory = WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            CreateNoWindow = true,
        };
        foreach (string argument in Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<string> ReadLinesAsync(StreamReader reader, Action<string> onLine)
    {
        var output = new StringBuilder();
        while (await reader.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            onLine(line);
            output.Append(line).Append('\n');
        }

        return output.ToString();
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }
}
