using System.Globalization;

namespace Cctl.Commands.Images;

/// <summary>Times of images as docker shows them.</summary>
internal static class ImageTime
{
    /// <summary>As <c>3 weeks ago</c>; <c>N/A</c> where it is not known.</summary>
    internal static string Since(string? time, DateTimeOffset now) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset then) && then.Year > 1
            ? Ago(now - then) + " ago"
            : "N/A";

    // The words and borders of docker's own (go-units, HumanDuration), which scripts and people know.
    private static string Ago(TimeSpan age) => age switch
    {
        { TotalSeconds: < 1 } => "Less than a second",
        { TotalSeconds: < 2 } => "1 second",
        { TotalSeconds: < 60 } => $"{(int)age.TotalSeconds} seconds",
        { TotalMinutes: < 2 } => "About a minute",
        { TotalMinutes: < 60 } => $"{(int)age.TotalMinutes} minutes",
        { TotalHours: < 1.5 } => "About an hour",
        { TotalHours: < 48 } => $"{(int)Math.Round(age.TotalHours)} hours",
        { TotalDays: < 14 } => $"{(int)age.TotalDays} days",
        { TotalDays: < 60 } => $"{(int)(age.TotalDays / 7)} weeks",
        { TotalDays: < 730 } => $"{(int)(age.TotalDays / 30)} months",
        _ => $"{(int)(age.TotalDays / 365)} years",
    };
}
