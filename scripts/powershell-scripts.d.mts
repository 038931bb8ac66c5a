export declare function powershellScripts(folder: string): Map<string, string>;
