using System.Diagnostics;
using System.Globalization;
using System.Text;
using Edge.Hil.Plant;

namespace Edge.Hil.Pictures;

/// <summary>How a film looks.</summary>
/// <param name="RateHz">Pictures a second: as many as poses.</param>
/// <param name="Samples">Samples a pixel against jagged edges.</param>
/// <param name="ShadowPx">Side of the shadow map.</param>
/// <param name="Caption">Size and place of the caption, as a number of the keypad.</param>
public sealed record FilmStyle(int RateHz, int Samples, int ShadowPx, (int SizePx, int Place) Caption)
{
    /// <summary>To be shown.</summary>
    public static FilmStyle Show { get; } = new(25, 4, 2048, (22, 2));

    /// <summary>To find out what happened: a tenth of the time to make.</summary>
    public static FilmStyle Notes { get; } = new(10, 0, 1024, (15, 7));
}

/// <summary>Makes a video of recorded poses with ffmpeg, with a caption that changes over time.</summary>
public static class Film
{
    private const int WidthPx = 640, HeightPx = 480;

    /// <summary>Renders the poses and writes an MP4 and, if asked for, one still.</summary>
    /// <param name="plant">Draws.</param>
    /// <param name="style">How it looks.</param>
    /// <param name="poses">Monotonic times and poses, at the style's rate.</param>
    /// <param name="captions">When each caption begins and ends, monotonic ns.</param>
    /// <param name="path">The video.</param>
    /// <param name="stillPath">A still from <paramref name="stillAtNs"/>; null for none.</param>
    /// <param name="stillAtNs">Monotonic time of the still.</param>
    /// <param name="progress">Told how far it is, 0..1.</param>
    public static void Write(
        MuJoCoPlant plant, FilmStyle style, IReadOnlyList<(long TimeNs, double[] Pose)> poses, IReadOnlyList<(string Text, long BeginNs, long EndNs)> captions,
        string path, string? stillPath, long stillAtNs, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(plant);
        ArgumentNullException.ThrowIfNull(style);
        ArgumentNullException.ThrowIfNull(poses);
        if (poses.Count == 0)
            return;
        var subtitles = Path.ChangeExtension(path, ".ass");
        File.WriteAllText(subtitles, Subtitles(captions, poses[0].TimeNs, style));
        var info = new ProcessStartInfo("ffmpeg") { RedirectStandardInput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])
        [
            "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", $"{WidthPx}x{HeightPx}", "-r", $"{style.RateHz}", "-i", "-",
            "-vf", $"ass={subtitles}", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-movflags", "+faststart", path,
        ])
            info.ArgumentList.Add(argument);
        using var ffmpeg = Process.Start(info) ?? throw new InvalidOperationException("ffmpeg cannot be started; 'make setup' installs it");
        var errors = ffmpeg.StandardError.ReadToEndAsync();
        using (var renderer = plant.CreateRenderer(WidthPx, HeightPx, style.Samples, style.ShadowPx))
        {
            var camera = plant.Camera(MuJoCoPlant.ViewerCamera);
            var bgr = new byte[WidthPx * HeightPx * 3];
            for (var i = 0; i < poses.Count; i++)
            {
                renderer.Render(poses[i].Pose, camera, WidthPx, HeightPx, bgr);
                ffmpeg.StandardInput.BaseStream.Write(bgr);
                if (i % style.RateHz == 0)
                    progress?.Invoke((double)i / poses.Count);
            }
        }

        ffmpeg.StandardInput.Close();
        ffmpeg.WaitForExit();
        if (ffmpeg.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg: {errors.Result}");
        File.Delete(subtitles);
        if (stillPath is null)
            return;
        var at = Math.Max(0, (stillAtNs - poses[0].TimeNs) / 1e9);
        using var still = Process.Start("ffmpeg", ["-y", "-loglevel", "error", "-ss", at.ToString("0.00", CultureInfo.InvariantCulture), "-i", path, "-frames:v", "1", stillPath]);
        still.WaitForExit();
    }

    private static string Subtitles(IReadOnlyList<(string Text, long BeginNs, long EndNs)> captions, long startNs, FilmStyle style)
    {
        var text = new StringBuilder(
            $"[Script Info]\nScriptType: v4.00+\nPlayResX: {WidthPx}\nPlayResY: {HeightPx}\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, BackColour, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV\n" +
            $"Style: call,DejaVu Sans Mono,{style.Caption.SizePx},&H00FFFFFF,&HA0000000,3,{style.Caption.SizePx / 4},0,{style.Caption.Place},20,20,18\n\n[Events]\nFormat: Start, End, Style, Text\n");
        foreach (var (caption, begin, end) in captions)
            text.Append(CultureInfo.InvariantCulture, $"Dialogue: {Clock(begin - startNs)},{Clock(end - startNs)},call,{caption.Replace("\n", "\\N", StringComparison.Ordinal)}\n");
        return text.ToString();
    }

    private static string Clock(long ns)
    {
        var time = TimeSpan.FromSeconds(Math.Max(0, ns / 1e9));
        return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}.{time.Milliseconds / 10:00}");
    }
}
