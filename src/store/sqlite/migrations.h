// The steps of schema.cpp that have a file of their own.
#pragma once

namespace postern::sqlite {

extern const char* const kVersion2;
extern const char* const kVersion3;
extern const char* const kVersion4;
extern const char* const kVersion5;
extern const char* const kVersion6;
extern const char* const kVersion7;
extern const char* const kVersion8;
extern const char* const kVersion9;
extern const char* const kVersion10;

}  // namespace postern::sqlite
