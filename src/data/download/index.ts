export { remoteDataset, remoteDatasets, type RemoteDataset, type RemoteFile } from "./catalogue.js";
export type { DownloadEvent, DownloadSettings } from "./file.js";
export { getDataset, type GetSettings, type GotDataset } from "./get.js";
